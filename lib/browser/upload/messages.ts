/** What the tab and its upload worker say to each other. */
import type { GateState } from "./gate.ts";
import type { ConflictChoice, UploadFileView, UploadMode } from "./job.ts";

export interface GivenFile {
  id: number;
  path: string;
  file: File;
}

/** From the tab. */
export type Order =
  | { type: "start"; job: number; bucket: string; mode: UploadMode; conflict: ConflictChoice }
  /** The answer to `more`; `end`: there is nothing left. */
  | { type: "files"; job: number; files: GivenFile[]; end: boolean }
  | { type: "pause" | "resume" | "cancel" | "wake"; job: number }
  | { type: "withdraw"; job: number; files: number[]; state: "paused" | "cancelled" }
  | { type: "restore"; job: number; files: number[] };

/** From the worker. */
export type Report =
  | { type: "more"; job: number }
  /** Files that changed since the last report, and bytes that left since then. */
  | { type: "progress"; job: number; files: UploadFileView[]; sent: number }
  | { type: "gate"; job: number; gate: GateState }
  /** `fault`: what broke the line; null when all files came to their end, or the job was cancelled. */
  | { type: "ended"; job: number; fault: string | null };
