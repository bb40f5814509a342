/** What it takes to weigh a plan: its operations, who holds a content, and who may know. Read by the worker of `server/dedup`. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { StoredOperation, Tables } from "./schema.ts";
import type { Connection } from "./statements.ts";

export type WeighedOperation = Pick<StoredOperation, "path" | "target" | "kind" | "size" | "xet_hash">;

/** Present adds, overwrites and deletes that have not run and are not out of date, by path. */
export function readWeighedOperations(db: Connection, planId: number): IterableIterator<WeighedOperation> {
  return db.each(
    `select path, target, kind, size, xet_hash from plan_operations indexed by plan_operations_by_path
     where plan_id = ? and until is null and spent_at is null and stale = 0 and kind < 3 order by path`,
    [planId],
  );
}

export interface ContentHolder {
  file_id: number;
  bucket_id: number;
}

/** Who of what a reader may read holds a content: for another thread to ask. The first parameter is the content's hash. */
export interface HoldersQuery {
  sql: string;
  parameters: readonly unknown[];
}

/** `readable`: a condition on the table `buckets`. Nobody else's row is ever read. */
export function compileHolders(db: Kysely<Tables>, readable: RawBuilder<unknown>): HoldersQuery {
  const { sql: text, parameters } = sql`
    select held.file_id, held.bucket_id from files cross join file_buckets as held cross join buckets
    where files.hash = ${null} and held.file_id = files.id and buckets.id = held.bucket_id and ${readable}`.compile(db);
  return { sql: text, parameters };
}

/** Buckets in sight with entries of this content, each with the file that it holds it as. */
export function readHolders(
  db: Connection,
  { sql: text, parameters }: HoldersQuery,
  hash: Uint8Array,
): ContentHolder[] {
  return db.run(text, [hash, ...parameters.slice(1)]).rows as ContentHolder[];
}

/** Of buckets' figures: which computation they are of. */
export async function readRevisions(db: Kysely<Tables>, bucketIds: number[]): Promise<string> {
  const rows = await db
    .selectFrom("dedup_sets")
    .select(["bucket_id", "revision"])
    .where("bucket_id", "in", bucketIds)
    .orderBy("bucket_id")
    .execute();
  return rows.map(({ bucket_id, revision }) => `${bucket_id}.${revision}`).join(" ");
}
