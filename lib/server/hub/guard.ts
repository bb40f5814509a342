/**
 * What stands between a request that changes a bucket and the bucket: protection by reviewed plans, and the bucket's memory of who
 * did what. Asked inside the transaction of the change. `plans/guard.ts` answers; without it nothing is protected or remembered.
 */
import type { Kysely } from "kysely";
import type { NamedBucket } from "../db/buckets.ts";
import type { Changes } from "../db/changes.ts";
import type { Tables } from "../db/schema.ts";
import type { Actor } from "./actor.ts";

type Db = Kysely<Tables>;

export interface GuardedBatch {
  actor: Actor;
  bucket: NamedBucket;
  /** What each path shall hold in the end. */
  changes: Changes;
  /** Paths of `changes` that hold a file now. */
  old: ReadonlyMap<string, unknown>;
  /** The time of the change. */
  now: number;
  /** Base of the URLs in a refusal, "" where nobody will follow them. */
  origin: string;
  /** A piece of a plan that the server runs. */
  run?: RunPiece;
  /** The guard's own first look at the bucket. */
  watch: unknown;
}

/** Nothing but what the plan's approved operations say may be in such a batch, whether the bucket is protected or not. */
export interface RunPiece {
  planId: number;
  runId: number;
  /** The plan takes another one back: it may bring what this bucket held before the guard saw it go. */
  restores: boolean;
}

export interface Admission {
  /** Remembers the batch: one statement in its transaction. */
  record(): Promise<void>;
  /** To be called after the commit. */
  committed(): void;
}

export interface BucketGuard {
  /**
   * Throws Forbidden for a batch that deletes or overwrites protected paths without cover; `details.uncovered` lists them
   * (`{ path, error }`). Else spends what covers it.
   */
  admit(tx: Db, batch: GuardedBatch): Promise<Admission>;
  /** One statement, so that it can be asked beside another question: what `admit` needs to know of the bucket. */
  watch(tx: Db, bucketId: number): Promise<unknown>;
  /** Remembers what `admit` refused, once that transaction is gone; any other error is not its business. */
  refused(error: unknown): Promise<void>;
  /** Settings, moves and deletion then need an admin of the bucket. */
  isProtected(db: Db, bucketId: number): Promise<boolean>;
  /** One line of the bucket's activity. */
  note(tx: Db, actor: Actor, bucketId: number, type: string, details: Record<string, unknown>): Promise<void>;
}

export const NO_GUARD: BucketGuard = {
  admit: async () => ({ record: async () => {}, committed: () => {} }),
  watch: async () => null,
  refused: async () => {},
  isProtected: async () => false,
  note: async () => {},
};
