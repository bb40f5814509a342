/** Batches on the embedded Hub: every line checked first, then all applied in one transaction (reference/hub-bucket-api 5). */
import type { Kysely } from "kysely";
import mime from "mime";
import {
  type AddFile,
  type BatchResult,
  type BucketOperation,
  batchFailed,
  type CopyFile,
  type FailedOperation,
  isFailed,
} from "#lib/core/bucket/operation.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { checkPrefix } from "#lib/core/bucket/path-rule.ts";
import { HubError, isHubError } from "#lib/core/errors.ts";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { addContribution, type NamedBucket } from "../db/buckets.ts";
import { applyChanges, findOldFiles, type NewFile, type OldFile, TooManyFolders } from "../db/changes.ts";
import {
  findFormerFiles,
  findHeldFiles,
  findKnownFiles,
  findReadableFiles,
  type KnownFile,
  type KnownFiles,
} from "../db/content-lookup.ts";
import type { Database } from "../db/db.ts";
import { listFilesBelow } from "../db/files.ts";
import { nextTurn } from "../db/rows.ts";
import type { Tables } from "../db/schema.ts";
import { atLeast, type Granted, grant, readableBuckets } from "./access.ts";
import type { Actor } from "./actor.ts";
import type { BucketGuard, RunPiece } from "./guard.ts";
import type { Hub } from "./hub.ts";

/** What the runner of plans asks for beyond the Hub itself. */
export interface RunVerbs {
  /** One piece of a run: one transaction, the same checks as any batch. */
  applyPiece(actor: Actor, id: string, operations: BucketOperation[], run: RunPiece): Promise<void>;
}

type BatchVerbs = Pick<Hub, "applyBatch" | "deletePaths"> & RunVerbs;
type Db = Kysely<Tables>;

export const BATCH_LINES_MAX = 100_000;
/** Failed lines that an answer lists; the count in its message is of all. */
const FAILURES_MAX = 1000;
/** Files of a folder deleted in one transaction. */
const DELETE_PIECE = 5000;
/** Lines looked at between two turns of the event loop. */
const TURN = 2000;

export interface BatchOptions {
  db: Database;
  clock: () => number;
  guard: BucketGuard;
  /** Told after each change of what a bucket holds. */
  onChanged(bucketId: number): void;
}

interface Context {
  origin: string;
  run?: RunPiece;
}

export function createBatchVerbs({ db, clock, guard, onChanged }: BatchOptions): BatchVerbs {
  /** Applies checked lines; all or nothing. Returns how many files went. */
  async function apply(actor: Actor, id: string, operations: BucketOperation[], context: Context): Promise<number> {
    try {
      const { bucketId, deleted, admission } = await db.write((tx) => change(tx, actor, id, operations, context));
      admission.committed();
      onChanged(bucketId);
      return deleted;
    } catch (error) {
      await guard.refused(error);
      throw error;
    }
  }

  async function change(tx: Db, actor: Actor, id: string, operations: BucketOperation[], context: Context) {
    const { bucket, level } = await grant(tx, actor, id, context.run === undefined ? "contribute" : "write");
    // Strictly later than every change before, whatever the clock does: clients key caches on it.
    const now = Math.max(clock(), bucket.updated_at + 1);
    const { changes, failed } = await checkOperations(tx, actor, bucket, operations, now, context.run);
    // Side by side, and the last two below: each answer is a message from the writer's thread.
    const [old, watch] = await Promise.all([findOldFiles(tx, bucket.id, changes.keys()), guard.watch(tx, bucket.id)]);
    if (!atLeast(level, "write")) failed.push(...replacing(operations, old));
    failed.push(...taken(operations, changes, old));
    if (failed.length > 0) throw refused(operations.length, failed);
    const admission = await guard.admit(tx, { actor, bucket, changes, old, now, watch, ...context });
    const userId = actor.account?.id ?? null;
    await applyChanges(tx, bucket, changes, old, { now, userId });
    const { added, deleted } = await countChanges(changes, old);
    const contributed = userId !== null && added > 0;
    await Promise.all([
      contributed ? addContribution(tx, bucket.id, userId, added, now) : undefined,
      admission.record(),
    ]);
    return { bucketId: bucket.id, deleted, admission };
  }

  /** Every file at or below the paths, in pieces. */
  async function* filesOf(bucketId: number, files: string[], folders: string[]): AsyncGenerator<string[]> {
    for (let start = 0; start < files.length; start += DELETE_PIECE) yield files.slice(start, start + DELETE_PIECE);
    for (const folder of folders) {
      const prefix = checkPrefix(folder);
      let rows = await listFilesBelow(db.read, bucketId, { prefix, after: null, limit: DELETE_PIECE });
      while (rows.length > 0) {
        yield rows.map((row) => row.path);
        rows = await listFilesBelow(db.read, bucketId, { prefix, after: rows.at(-1)!.path, limit: DELETE_PIECE });
      }
    }
  }

  return {
    async applyBatch(actor, id, lines, origin = ""): Promise<BatchResult> {
      const { bucket } = await grant(db.read, actor, id, "contribute");
      const operations: BucketOperation[] = [];
      const failed: FailedOperation[] = [];
      let count = 0;
      for await (const line of lines) {
        if (++count > BATCH_LINES_MAX) {
          throw new HubError("PayloadTooLarge", `A batch has at most ${BATCH_LINES_MAX} lines; send several.`);
        }
        if (count % TURN === 0) await nextTurn();
        if (isFailed(line)) failed.push(line);
        else operations.push(line);
      }
      if (failed.length > 0) {
        // Nothing will be written, but the answer names the lines that are wrong in other ways too.
        const checked = await checkOperations(db.read, actor, bucket, operations, clock());
        throw refused(count, [...failed, ...checked.failed]);
      }
      await translated(() => apply(actor, id, operations, { origin }));
      return { success: true, processed: count, succeeded: count, failed: [] };
    },

    async applyPiece(actor, id, operations, run) {
      await translated(() => apply(actor, id, operations, { origin: "", run }));
    },

    async deletePaths(actor, id, { files, folders }, origin = "") {
      const { bucket } = await grant(db.read, actor, id, "write");
      const remove = (paths: string[]) => {
        const operations = paths.map((path) => ({ type: "deleteFile" as const, path }));
        return translated(() => apply(actor, id, operations, { origin }));
      };
      let deleted = 0;
      // Of a protected bucket all go in one transaction, so that a refusal finds nothing half done.
      const whole = await guard.isProtected(db.read, bucket.id);
      const gathered: string[] = [];
      for await (const paths of filesOf(bucket.id, files, folders)) {
        if (!whole) {
          deleted += await remove(paths);
          continue;
        }
        gathered.push(...paths);
        if (gathered.length <= BATCH_LINES_MAX) continue;
        throw new HubError(
          "PayloadTooLarge",
          `Of a protected bucket at most ${BATCH_LINES_MAX} files go at once; delete folder by folder, or by a plan.`,
        );
      }
      return gathered.length === 0 ? deleted : remove(gathered);
    },
  };
}

async function countChanges(changes: ReadonlyMap<string, NewFile | null>, old: ReadonlyMap<string, unknown>) {
  let [added, deleted, count] = [0, 0, 0];
  for (const [path, file] of changes) {
    if (++count % TURN === 0) await nextTurn();
    if (file !== null) added += 1;
    else if (old.has(path)) deleted += 1;
  }
  return { added, deleted };
}

function refused(count: number, failed: FailedOperation[]): HubError {
  const error = batchFailed(count, failed);
  if (failed.length > FAILURES_MAX) error.details.failed = failed.slice(0, FAILURES_MAX);
  return error;
}

async function translated<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TooManyFolders)) throw error;
    throw new HubError("PayloadTooLarge", `The batch touches ${error.message}; send several.`, { cause: error });
  }
}

/** A contributor adds under new paths; what is there stays. */
function replacing(operations: BucketOperation[], old: ReadonlyMap<string, unknown>): FailedOperation[] {
  return operations
    .filter(({ type, path }) => type === "deleteFile" || old.has(path))
    .map(({ type, path }) => ({
      path,
      error: type === "deleteFile" ? "A contributor may not delete files." : "A contributor may not replace files.",
    }));
}

/** Adds that want a free path, and find other content there. The same content is what an answer that was lost left behind. */
function taken(
  operations: BucketOperation[],
  changes: ReadonlyMap<string, NewFile | null>,
  old: ReadonlyMap<string, OldFile>,
): FailedOperation[] {
  const failed: FailedOperation[] = [];
  for (const operation of operations) {
    if (operation.type !== "addFile" || !operation.ifAbsent) continue;
    const [file, there] = [changes.get(operation.path), old.get(operation.path)];
    if (!file || there === undefined || there.file_id === file.fileId) continue;
    failed.push({ path: operation.path, error: "There is another file under this path." });
  }
  return failed;
}

/** Turns lines into what each path shall hold in the end, and finds those that must not be. Reads only. */
async function checkOperations(
  db: Db,
  actor: Actor,
  bucket: NamedBucket,
  operations: BucketOperation[],
  now: number,
  run?: RunPiece,
): Promise<{ changes: Map<string, NewFile | null>; failed: FailedOperation[] }> {
  const asked: Asked = { added: new Set(), copied: new Set() };
  let count = 0;
  for (const operation of operations) {
    if (++count % TURN === 0) await nextTurn();
    if (operation.type === "deleteFile" || operation.xetHash === ZERO_HASH) continue;
    (operation.type === "addFile" ? asked.added : asked.copied).add(toStored(operation.xetHash));
  }
  const may = await createPossession(db, actor, bucket, operations, asked, run?.restores);
  const changes = new Map<string, NewFile | null>();
  const failed: FailedOperation[] = [];
  for (const operation of operations) {
    if (++count % TURN === 0) await nextTurn();
    if (operation.type === "deleteFile") {
      changes.set(operation.path, null);
      continue;
    }
    const problem = operation.type === "addFile" ? may.add(operation) : may.copy(operation);
    if (problem !== null) failed.push({ path: operation.path, error: problem });
    else changes.set(operation.path, toNewFile(operation, may.brought, now));
  }
  return { changes, failed };
}

function toNewFile(operation: AddFile | CopyFile, known: ReadonlyMap<string, KnownFile>, now: number): NewFile {
  const hash = toStored(operation.xetHash);
  const file = operation.xetHash === ZERO_HASH ? undefined : known.get(hash);
  const given = operation.type === "addFile" ? operation : undefined;
  return {
    hash,
    fileId: file?.id ?? null,
    size: file?.size ?? 0,
    mtime: operation.mtime ?? now,
    contentType: given?.contentType ?? mime.getType(baseName(operation.path)),
  };
}

/** Stored hashes that lines name. */
interface Asked {
  added: Set<string>;
  copied: Set<string>;
}

interface Possession {
  /** Why the line is refused, or null. */
  add(operation: AddFile): string | null;
  copy(operation: CopyFile): string | null;
  /** By stored hash, the content that lines of this batch bring into the bucket: one variant of each, whatever the lines say. */
  readonly brought: ReadonlyMap<string, KnownFile>;
}

const UNKNOWN = "This server holds no content with this xetHash that you may use; upload it first.";

/**
 * Knowing a hash gives no access: a file may be added when this bucket has it or has a proof of possession for it (a shard sent
 * under its write token), or another bucket has that the actor may read. Unknown and not allowed look alike.
 */
async function createPossession(
  db: Db,
  actor: Actor,
  bucket: NamedBucket,
  operations: BucketOperation[],
  { added, copied }: Asked,
  restores = false,
): Promise<Possession> {
  const known = await findKnownFiles(db, bucket.id, added.union(copied));
  const others = [...added].filter((hash) => !known.has(hash));
  const readable: KnownFiles =
    others.length > 0 ? await findReadableFiles(db, others, await readableBuckets(db, actor)) : new Map();
  const former: KnownFiles = restores ? await findFormerFiles(db, bucket.id, copied) : new Map();
  const sources = await openSources(db, actor, operations);
  /** A later line may copy it from here. */
  const brought: KnownFiles = new Map();
  const bring = (hash: string, file: KnownFile | undefined): boolean => {
    const chosen = brought.get(hash) ?? known.get(hash) ?? file;
    if (chosen !== undefined) brought.set(hash, chosen);
    return chosen !== undefined;
  };
  return {
    brought,
    add({ xetHash }) {
      if (xetHash === ZERO_HASH) return null;
      const hash = toStored(xetHash);
      return bring(hash, readable.get(hash)) ? null : UNKNOWN;
    },
    copy({ xetHash, sourceRepoType, sourceRepoId }) {
      if (sourceRepoType !== "bucket") {
        return `This server keeps buckets only: it cannot copy from a ${sourceRepoType}. Download it and upload it here.`;
      }
      const source = sources.get(sourceRepoId);
      if (source === undefined || source.problem !== null)
        return source?.problem ?? `Bucket ${sourceRepoId} not found.`;
      if (xetHash === ZERO_HASH) return null;
      const hash = toStored(xetHash);
      const own = source.bucketId === bucket.id ? (brought.get(hash) ?? former.get(hash)) : undefined;
      const held = source.held.get(hash) ?? own;
      if (held === undefined) return `Bucket ${sourceRepoId} holds no file with this xetHash.`;
      bring(hash, held);
      return null;
    },
  };
}

interface Source {
  bucketId: number;
  /** Files that its entries hold, among those asked for. */
  held: KnownFiles;
  problem: string | null;
}

/** Each bucket that a copyFile names, once. */
async function openSources(db: Db, actor: Actor, operations: BucketOperation[]): Promise<Map<string, Source>> {
  const wanted = new Map<string, Set<string>>();
  for (const operation of operations) {
    if (operation.type !== "copyFile" || operation.sourceRepoType !== "bucket") continue;
    const hashes = wanted.get(operation.sourceRepoId) ?? new Set();
    wanted.set(operation.sourceRepoId, hashes);
    if (operation.xetHash !== ZERO_HASH) hashes.add(toStored(operation.xetHash));
  }
  const sources = new Map<string, Source>();
  for (const [id, hashes] of wanted) {
    const source = await openSource(db, actor, id);
    const held: KnownFiles = source === null ? new Map() : await findHeldFiles(db, source.bucket.id, hashes);
    const problem = source === null ? `Bucket ${id} not found.` : null;
    sources.set(id, { bucketId: source?.bucket.id ?? -1, held, problem });
  }
  return sources;
}

async function openSource(db: Db, actor: Actor, id: string): Promise<Granted | null> {
  try {
    return await grant(db, actor, id, "read");
  } catch (error) {
    if (isHubError(error)) return null;
    throw error;
  }
}

/** The stored bytes of a hash in hex: the text form prints each eight of them backwards (reference/xet-protocol 1.1). */
function toStored(hash: string): string {
  return Buffer.from(hash, "hex").swap64().toString("hex");
}
