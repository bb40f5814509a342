/**
 * Brings the operations of a new plan into the tables, a piece a transaction, so that a million of them neither fill the memory nor keep
 * others from writing for long. Each piece records the ground of its targets in the transaction that writes it: from its commit on,
 * every batch that moves the ground marks the operation. The `plans` row comes last; until then nobody sees the plan.
 */

import { formatBucketId } from "#lib/core/bucket/id.ts";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { HubError } from "#lib/core/errors.ts";
import { kindOf } from "#lib/core/plan/kind.ts";
import { targetOf } from "#lib/core/plan/place.ts";
import type { Ground, PlanDirection, PlanOperation, PlanSummary, PlanTotals } from "#lib/core/plan/plan.ts";
import { emptyTotals, PLAN_KINDS } from "#lib/core/plan/plan.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { DETACHED } from "../db/accounts.ts";
import { recordActivity } from "../db/activity.ts";
import { getBucket, type NamedBucket } from "../db/buckets.ts";
import { findFiles } from "../db/files.ts";
import {
  changePlanFolders,
  countPlanFolders,
  figuresOf,
  findPlanFolder,
  type PlanFolderChange,
} from "../db/plan-folders.ts";
import { findPlanLines, insertPlanOperations, type NewPlanOperation } from "../db/plan-operations.ts";
import { publishPlan, reservePlan } from "../db/plans.ts";
import { bucketNotFound } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import { createBestSteps } from "./best-steps.ts";
import { doerColumns, type PlansContext } from "./context.ts";
import { createInspector } from "./inspector.ts";
import type { Original } from "./original.ts";
import { refreshStatus } from "./status.ts";

/** Operations of one transaction: some 60 ms of the writer. */
const PIECE = 1000;
/** Folders of one piece, so that deep paths do not make of 2000 operations a million folders. */
const PIECE_FOLDERS = 20_000;
export const OPERATIONS_MAX = 5_000_000;
const FOLDERS_MAX = 1_000_000;
/** Clients say some words; the original keeps what is longer. */
const REASON_MAX = 500;

/** What the plan is about. */
export interface ImportTarget {
  bucket: NamedBucket;
  /** Folder of the bucket, "" for the root. */
  prefix: string;
  direction: PlanDirection;
  /** Of a copy. */
  sourceBucketId: number | null;
  sourcePrefix: string | null;
}

export interface Duplicate {
  operation: PlanOperation;
  line: number;
  /** Where the path stood first. */
  first: number;
}

export interface PublishedPlan {
  title: string;
  source: string;
  dest: string;
  /** ISO text of the header. */
  timestamp: string;
  original: Original;
  /** JSON; "{}" for a submitted file. */
  options: string;
  revertOf: number | null;
}

export interface PlanImport {
  readonly id: number;
  /** Duplicates seen so far, at most `DUPLICATES_MAX`, and their number. */
  readonly duplicates: { first: Duplicate[]; count: number };
  /** `line`: of the file from 0, growing. Resolves when there is room for the next. */
  add(operation: PlanOperation, line: number): Promise<void>;
  /** Writes what is still held; after this `duplicates` is complete. */
  flush(): Promise<void>;
  publish(plan: PublishedPlan): Promise<void>;
  /** Takes everything back. */
  abandon(): Promise<void>;
}

export const DUPLICATES_MAX = 100;

/** The full path in the bucket; "" for an operation that does not touch it. */
export function bucketPathOf(target: Pick<ImportTarget, "prefix" | "direction">, operation: PlanOperation): string {
  if (target.direction === "download" && operation.action === "delete") return "";
  return targetOf(target.prefix, operation.path);
}

export async function beginImport(
  context: PlansContext,
  actor: Actor,
  target: ImportTarget,
  /** What the file says of itself; null for a plan that is made here. */
  summary: PlanSummary | null,
): Promise<PlanImport> {
  const { db, clock, sweeper } = context;
  const id = await db.write((tx) => reservePlan(tx, clock()));
  const { bucket, prefix, direction } = target;
  const best = createBestSteps(context, actor, bucket);
  const about = { id, bucketId: bucket.id, prefix, direction, summary, bestSteps: best.known };
  const inspector = await createInspector(db, about);
  const duplicates = { first: [] as Duplicate[], count: 0 };
  let piece: { operation: PlanOperation; line: number }[] = [];
  let pieceFolders = 0;
  let lastFolder = "";
  let total = 0;
  /** Folders at most, for they may be the same again. */
  let folderBound = 0;
  /** The greatest path so far, while they come in order; null once they do not. */
  let last: { path: string; line: number } | null = { path: "", line: -1 };
  /** The piece that is being written while the next one is gathered. */
  let writing: Promise<void> = Promise.resolve();

  function noteDuplicate(duplicate: Duplicate): void {
    duplicates.count += 1;
    if (duplicates.first.length < DUPLICATES_MAX) duplicates.first.push(duplicate);
  }

  async function write(part: typeof piece, known: boolean): Promise<void> {
    const deletes = part.filter(({ operation }) => operation.action === "delete");
    await best.look(deletes.map(({ operation }) => bucketPathOf(target, operation)));
    await db.write(async (tx) => {
      const paths = part.map(({ operation }) => operation.path);
      const lines = known ? await findPlanLines(tx, id, paths) : new Map<string, number>();
      const fresh = part.filter(({ operation, line }) => {
        const first = lines.get(operation.path);
        if (first === undefined) lines.set(operation.path, line);
        else noteDuplicate({ operation, line, first });
        return first === undefined;
      });
      const targets = fresh.map(({ operation }) => bucketPathOf(target, operation));
      const grounds = new Map<string, Awaited<ReturnType<typeof findFiles>>[number]>();
      for (const row of await findFiles(tx, target.bucket.id, targets)) grounds.set(row.path, row);
      const changes: PlanFolderChange[] = [];
      const rows: NewPlanOperation[] = fresh.map(({ operation, line }, at) => {
        const found = grounds.get(targets[at]!);
        const ground: Ground | null =
          found === undefined
            ? null
            : {
                xetHash: hashToHex(found.xet_hash!),
                size: found.size,
                mtime: found.mtime,
                uploadedAt: found.uploaded_at,
              };
        const kind = kindOf(operation.action, target.direction, ground);
        const findings = inspector.inspect(operation, kind, ground);
        const size = operation.size ?? null;
        changes.push({ path: operation.path, kind, size, all: 1, findings });
        return {
          plan_id: id,
          bucket_id: target.bucket.id,
          folder_id: 0,
          line,
          path: operation.path,
          target: targets[at]!,
          kind: PLAN_KINDS.indexOf(kind) as NewPlanOperation["kind"],
          reason: operation.reason.slice(0, REASON_MAX),
          size,
          local_mtime: operation.localMtime ?? null,
          remote_mtime: operation.remoteMtime ?? null,
          xet_hash: operation.xetHash === undefined ? null : storedHash(operation.xetHash),
          since: 1,
          ground_hash: found?.xet_hash ?? null,
          ground_size: found?.size ?? null,
          ground_mtime: found?.mtime ?? null,
          ground_uploaded_at: found?.uploaded_at ?? null,
          findings,
        };
      });
      const folders = await changePlanFolders(tx, id, changes);
      for (const row of rows) row.folder_id = folders.get(row.path.slice(0, row.path.lastIndexOf("/") + 1))!;
      await insertPlanOperations(tx, rows);
    });
  }

  async function send(): Promise<void> {
    const part = piece;
    const known = last === null;
    piece = [];
    folderBound += pieceFolders;
    pieceFolders = 0;
    await writing;
    if (folderBound > FOLDERS_MAX) {
      folderBound = await countPlanFolders(db.read, id, FOLDERS_MAX + 1);
      if (folderBound > FOLDERS_MAX) {
        throw new HubError("PayloadTooLarge", `A plan has at most ${FOLDERS_MAX} folders; make several.`);
      }
    }
    writing = write(part, known);
    // Its failure is told to who waits for the next piece.
    writing.catch(() => {});
  }

  return {
    id,
    duplicates,

    async add(operation, line) {
      if (++total > OPERATIONS_MAX) {
        throw new HubError("PayloadTooLarge", `A plan has at most ${OPERATIONS_MAX} operations; make several.`);
      }
      const { path } = operation;
      if (last !== null) {
        const order = last.line === -1 ? 1 : comparePaths(path, last.path);
        if (order > 0) last = { path, line };
        else if (order < 0) last = null;
        else return noteDuplicate({ operation, line, first: last.line });
      }
      const folder = path.slice(0, path.lastIndexOf("/") + 1);
      if (folder !== lastFolder) {
        lastFolder = folder;
        pieceFolders += folder.split("/").length;
      }
      piece.push({ operation, line });
      if (piece.length >= PIECE || pieceFolders >= PIECE_FOLDERS) await send();
    },

    async flush() {
      if (piece.length > 0) await send();
      await writing;
    },

    async publish({ title, source, dest, timestamp, original, options, revertOf }) {
      const now = clock();
      const doer = doerColumns(actor);
      const { findings, checksPassed, digest } = await inspector.finish();
      await db.write(async (tx) => {
        // A large plan comes in for long enough that its bucket may be gone.
        const bucket = await getBucket(tx, target.bucket.id);
        if (bucket === undefined || bucket.namespace === DETACHED)
          throw bucketNotFound(formatBucketId(target.bucket.namespace, target.bucket.name));
        const root = await findPlanFolder(tx, id, "");
        const totals = root === undefined ? emptyTotals() : figuresOf(root, "all");
        const stale = root === undefined ? 0 : countOf(figuresOf(root, "stale"));
        await publishPlan(
          tx,
          {
            id,
            bucket_id: target.bucket.id,
            prefix: target.prefix,
            direction: target.direction,
            source,
            dest,
            source_bucket_id: target.sourceBucketId,
            source_prefix: target.sourcePrefix,
            options,
            title,
            timestamp,
            version: 1,
            status: "open",
            digest,
            sha256: original.sha256,
            original_bytes: original.bytes,
            ...doer,
            created_at: now,
            updated_at: now,
            operations: countOf(totals),
            totals: JSON.stringify(totals),
            stale,
            findings: JSON.stringify({ findings, checksPassed }),
            revert_of: revertOf,
          },
          {
            plan_id: id,
            version: 1,
            digest,
            totals: JSON.stringify(totals),
            changed: countOf(totals),
            ...doer,
            created_at: now,
          },
        );
        await recordActivity(tx, {
          bucketId: target.bucket.id,
          planId: id,
          type: "plan.submitted",
          doer,
          details: { digest, sha256: original.sha256, operations: countOf(totals), totals, stale },
          at: now,
        });
        // Rules may let some of it pass without anybody's approval.
        await refreshStatus(tx, id, now);
      });
    },

    async abandon() {
      piece = [];
      await writing.catch(() => {});
      sweeper.sweep(id);
    },
  };
}

export function countOf(totals: PlanTotals): number {
  return PLAN_KINDS.reduce((sum, kind) => sum + totals[kind].count, 0);
}

/** The protocol's text form to stored bytes: each group of eight bytes the other way round. */
function storedHash(hex: string): Uint8Array {
  return Buffer.from(hex, "hex").swap64();
}
