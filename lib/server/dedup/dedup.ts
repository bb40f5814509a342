/**
 * What pages and routes know of the dedup figures; the shapes and their meaning stand in `core/bucket/dedup/figures.ts`. Answered by
 * `embedded.ts`; in front of an upstream by `upstream.ts`, which has none. Every call names its actor and throws HubError like the Hub:
 * RepoNotFound, Unauthorized, EntryNotFound, BadRequest.
 */
import type {
  CheckpointRuns,
  DedupHistory,
  DedupPage,
  DedupSort,
  DedupSummary,
  FileMap,
  FileRangeSharing,
  RankedFiles,
  SelectionFigures,
  SharingMatrix,
  StoreFigures,
} from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { Selection } from "#lib/core/plan/plan.ts";
import type { PlanWeighing } from "#lib/core/plan/weight.ts";
import type { Actor } from "../hub/actor.ts";
import type { Direction } from "../hub/hub.ts";

export interface DedupPageOptions {
  /** Folder, "" for the root. */
  path: string;
  sort: DedupSort;
  direction: Direction;
  limit: number;
  cursor?: string;
}

export interface Dedup {
  /** Of the bucket (""), a folder or a file. */
  summary(actor: Actor, id: BucketId, path: string): Promise<DedupSummary>;
  listEntries(actor: Actor, id: BucketId, options: DedupPageOptions): Promise<DedupPage>;
  /** At most 100,000 paths. */
  selection(actor: Actor, id: BucketId, paths: { files: string[]; folders: string[] }): Promise<SelectionFigures>;
  /** At most 50 paths; `run`: the folder whose checkpoints are compared. */
  matrix(actor: Actor, id: BucketId, options: { paths?: string[]; run?: string }): Promise<SharingMatrix>;
  checkpoints(actor: Actor, id: BucketId): Promise<CheckpointRuns>;
  history(actor: Actor, id: BucketId): Promise<DedupHistory>;
  files(actor: Actor, id: BucketId): Promise<RankedFiles>;
  map(actor: Actor, id: BucketId, path: string, options: { cells: number }): Promise<FileMap>;
  range(actor: Actor, id: BucketId, path: string, range: { start: number; end: number }): Promise<FileRangeSharing>;
  /**
   * What running a selection of a plan of the bucket frees and brings; computed in the background when first asked for. `stamp` is another
   * one whenever other operations would run.
   */
  weighPlan(
    actor: Actor,
    id: BucketId,
    plan: { planId: number; selection: Selection; stamp: string },
  ): Promise<PlanWeighing>;
  /** Absent `namespace`: all buckets that the actor belongs to. */
  store(actor: Actor, options: { namespace?: string }): Promise<StoreFigures>;

  /** The bucket changed: its figures are computed again in the background. */
  touch(bucketId: number): void;
  /** Resolves when nothing is being computed and nothing waits for it. */
  idle(): Promise<void>;
  close(): Promise<void>;
}
