/** The way in: all of uploading that a page loads at first. What stands behind it comes with the first drag, key or click. */
import { useSyncExternalStore } from "react";
import type { Dropped, HandleItem } from "#lib/browser/upload/drop.ts";
import type { KEPT_FLAG } from "#lib/browser/upload/kept.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";

/** Where files would go. */
export interface UploadPlace {
  bucket: BucketId;
  /** Folder, "" for the root. */
  prefix: string;
  /** This server's address, for the lines at a terminal. */
  origin: string;
}

export interface Door {
  /** Of the page one is on; null where nothing can be uploaded to. */
  place: UploadPlace | null;
  /** Files hang over the page. */
  dragging: boolean;
  /** What people asked for and nobody took yet. */
  asked: Asked | null;
  /** Uploads run in this tab: they would end with its page. */
  busy: boolean;
  /** Uploads of earlier pages may have to be shown. */
  kept: boolean;
  /** Rows of the folder one looks at that are being filled, by path. */
  marks: ReadonlyMap<string, UploadMark>;
}

export type Asked =
  | { what: "choose"; place: UploadPlace }
  /** Something was given to the queue by other means: the panel shall show it. */
  | { what: "watch" }
  /** Dropped, pasted or picked. */
  | { what: "files"; place: UploadPlace; files: DataTransfer | Dropped };

/** A row of a list into which files are being uploaded. */
export interface UploadMark {
  folder: boolean;
  /** 0 to 100. */
  percent: number;
  /** Logical bytes of what is being uploaded. */
  size: number;
  files: number;
  /** Seconds; null while it cannot be told. */
  left: number | null;
}

const CLOSED: Door = { place: null, dragging: false, asked: null, busy: false, kept: false, marks: new Map() };
const FLAG: typeof KEPT_FLAG = "uploads=1";
let door: Door = { ...CLOSED, kept: typeof document !== "undefined" && document.cookie.includes(FLAG) };
const listeners = new Set<() => void>();

export const readDoor = () => door;

export function subscribeDoor(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function setDoor(change: Partial<Door>): void {
  door = { ...door, ...change };
  for (const listener of listeners) listener();
}

/** One part of it: whoever asks hears of that part alone. */
export function useDoor<Part extends keyof Door>(part: Part): Door[Part] {
  return useSyncExternalStore(
    subscribeDoor,
    () => door[part],
    () => CLOSED[part],
  );
}

/** The same files after the event, when the browser takes its own list back. */
export function keepTransfer({ items, files }: DataTransfer): DataTransfer {
  const kept = [...items].map((item) => {
    const entry = item.webkitGetAsEntry();
    const file = entry ? null : item.getAsFile();
    const handle = (item as HandleItem).getAsFileSystemHandle?.();
    const getAsFileSystemHandle = handle && (() => handle);
    return { kind: item.kind, webkitGetAsEntry: () => entry, getAsFile: () => file, getAsFileSystemHandle };
  });
  return { items: kept, files: [...files] } as unknown as DataTransfer;
}
