/** Operations of plans: written in pieces, read by folder, by line, by path. Rows with `until` null are the present version. */
import { CompiledQuery, type Kysely, type RawBuilder, sql } from "kysely";
import { jsonRows, pieces } from "./rows.ts";
import type { StoredOperation, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

export type NewPlanOperation = Omit<
  StoredOperation,
  "id" | "until" | "stale" | "spent_at" | "spent_by" | "spent_hash" | "run_id" | "error"
>;

/** In the order of the statement's parameters. */
const COLUMNS = [
  "plan_id",
  "bucket_id",
  "folder_id",
  "line",
  "path",
  "target",
  "kind",
  "reason",
  "size",
  "local_mtime",
  "remote_mtime",
  "xet_hash",
  "since",
  "ground_hash",
  "ground_size",
  "ground_mtime",
  "ground_uploaded_at",
  "findings",
] as const satisfies (keyof NewPlanOperation)[];

/** Rows of one statement: powers of two, so that any number is written by nine prepared statements. */
const ROWS_MAX = 64;
const statements = new Map<number, string>();

function insertOf(rows: number): string {
  let text = statements.get(rows);
  if (text === undefined) {
    const row = `(${COLUMNS.map(() => "?").join(",")},0)`;
    text = `insert into plan_operations (${COLUMNS.join(", ")}, stale) values ${Array(rows).fill(row).join(",")}`;
    statements.set(rows, text);
  }
  return text;
}

/** Fresh, unspent rows. Plain parameters, since a million rows come this way and JSON would be parsed once a column. */
export async function insertPlanOperations(tx: Db, rows: readonly NewPlanOperation[]): Promise<void> {
  let start = 0;
  while (start < rows.length) {
    let size = ROWS_MAX;
    while (size > rows.length - start) size /= 2;
    const parameters: unknown[] = [];
    for (let at = start; at < start + size; at++) for (const column of COLUMNS) parameters.push(rows[at]![column]);
    await tx.executeQuery(CompiledQuery.raw(insertOf(size), parameters));
    start += size;
  }
}

/** Lines of the present operations among `paths`, for telling a duplicate from a new path. */
export async function findPlanLines(db: Db, planId: number, paths: readonly string[]): Promise<Map<string, number>> {
  const lines = new Map<string, number>();
  for (const part of pieces(paths)) {
    const query = sql<{ path: string; line: number }>`
      select o.path, o.line from ${jsonRows(part)} cross join plan_operations as o
      where o.plan_id = ${planId} and o.path = j.value and o.until is null`;
    for (const row of (await query.execute(db)).rows) lines.set(row.path, row.line);
  }
  return lines;
}

export async function findPlanOperation(db: Db, planId: number, path: string): Promise<StoredOperation | undefined> {
  const query = sql<StoredOperation>`
    select * from plan_operations where plan_id = ${planId} and path = ${path} and until is null`;
  return (await query.execute(db)).rows[0];
}

/** The present operations among `paths`. */
export async function findPlanOperations(db: Db, planId: number, paths: readonly string[]) {
  const rows: StoredOperation[] = [];
  for (const part of pieces(paths)) {
    const query = sql<StoredOperation>`
      select o.* from ${jsonRows(part)} cross join plan_operations as o
      where o.plan_id = ${planId} and o.path = j.value and o.until is null`;
    rows.push(...(await query.execute(db)).rows);
  }
  return rows;
}

/** Adds bits to the findings of present operations. */
export async function markFindings(tx: Db, planId: number, paths: readonly string[], bits: number): Promise<void> {
  for (const part of pieces(paths)) {
    await sql`
      update plan_operations set findings = findings | ${bits} where id in (
        select o.id from ${jsonRows(part)} cross join plan_operations as o
        where o.plan_id = ${planId} and o.path = j.value and o.until is null)`.execute(tx);
  }
}

/** What a list keeps, as far as columns tell. */
export interface OperationColumnsFilter {
  kinds?: number[];
  findings?: number;
  stale?: boolean;
  spent?: boolean;
  failed?: boolean;
  minSize?: number;
  maxSize?: number;
  /** Part of the path, ASCII letters in lower case; either case matches. */
  contains?: string;
  /** A glob of "*" and "?" alone, which fnmatch and SQLite read alike. */
  glob?: string;
}

function conditionOf(filter: OperationColumnsFilter): RawBuilder<unknown> {
  const parts: RawBuilder<unknown>[] = [sql`1`];
  const { kinds, findings, stale, spent, failed, minSize, maxSize, contains, glob } = filter;
  if (kinds !== undefined) parts.push(kinds.length === 0 ? sql`0` : sql`kind in (${sql.join(kinds)})`);
  if (findings !== undefined) parts.push(sql`findings & ${findings} <> 0`);
  // The unary plus keeps these out of the choice of an index: the list goes by line or folder.
  if (stale !== undefined) parts.push(sql`+stale = ${stale ? 1 : 0}`);
  if (spent !== undefined) parts.push(spent ? sql`spent_at is not null` : sql`+spent_at is null`);
  if (failed !== undefined) parts.push(failed ? sql`error is not null` : sql`error is null`);
  if (minSize !== undefined) parts.push(sql`coalesce(size, 0) >= ${minSize}`);
  if (maxSize !== undefined) parts.push(sql`coalesce(size, 0) <= ${maxSize}`);
  if (contains !== undefined) parts.push(sql`instr(lower(path), ${contains}) > 0`);
  if (glob !== undefined) parts.push(sql`path glob ${glob}`);
  return sql.join(parts, sql` and `);
}

export interface OperationScan {
  rows: StoredOperation[];
  /** Where the budget ended the scan; null when it came to the end or to the limit. */
  stoppedAt: { line: number; path: string } | null;
}

/** Operations by line after `after` (-1: from the start); looks at no more than `budget` of them. */
export async function listPlanOperationsByLine(
  db: Db,
  {
    planId,
    after,
    filter,
    budget,
    limit,
  }: { planId: number; after: number; filter: OperationColumnsFilter; budget: number; limit: number },
): Promise<OperationScan> {
  const where = sql`plan_id = ${planId} and line > ${after} and until is null`;
  // Only stale ones asked for: their own index, which holds nothing else.
  const from =
    filter.stale === true
      ? sql`select * from plan_operations where ${where} and stale = 1 order by line limit ${budget}`
      : sql`select * from plan_operations indexed by plan_operations_by_line where ${where} order by line limit ${budget}`;
  return scan(db, from, sql`line`, filter, limit, budget);
}

/** Operations right in a folder, by path, after the path `after`; looks at no more than `budget` of them. */
export async function listPlanOperationsByFolder(
  db: Db,
  {
    planId,
    folderId,
    after,
    filter,
    budget,
    limit,
  }: {
    planId: number;
    folderId: number;
    after: string | null;
    filter: OperationColumnsFilter;
    budget: number;
    limit: number;
  },
): Promise<OperationScan> {
  const cut = after === null ? sql`` : sql`and path > ${after}`;
  const from = sql`
    select * from plan_operations indexed by plan_operations_by_folder
    where plan_id = ${planId} and folder_id = ${folderId} ${cut} and until is null order by path limit ${budget}`;
  return scan(db, from, sql`path`, filter, limit, budget);
}

async function scan(
  db: Db,
  from: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
  filter: OperationColumnsFilter,
  limit: number,
  budget: number,
): Promise<OperationScan> {
  const query = sql<StoredOperation>`
    select * from (${from}) where ${conditionOf(filter)} order by ${order} limit ${limit}`;
  const { rows } = await query.execute(db);
  if (rows.length === limit) return { rows, stoppedAt: null };
  const end = sql<{ line: number; path: string }>`
    select line, path from (${from}) order by ${order} limit 1 offset ${budget - 1}`;
  return { rows, stoppedAt: (await end.execute(db)).rows[0] ?? null };
}

/** Present operations by path after `after`, within `[from, end)` of paths: for merges and exports of a folder. */
export async function listPlanOperationsByPath(
  db: Db,
  { planId, after, end, limit }: { planId: number; after: string; end?: string; limit: number },
): Promise<StoredOperation[]> {
  const until = end === undefined ? sql`` : sql`and path < ${end}`;
  const query = sql<StoredOperation>`
    select * from plan_operations indexed by plan_operations_by_path
    where plan_id = ${planId} and path > ${after} ${until} and until is null order by path limit ${limit}`;
  return (await query.execute(db)).rows;
}

/** Present operations that a rebase wrote, by path. */
export async function listChangedPlanOperations(
  db: Db,
  { planId, after, limit }: { planId: number; after: string; limit: number },
): Promise<StoredOperation[]> {
  const query = sql<StoredOperation>`
    select * from plan_operations indexed by plan_operations_changed
    where plan_id = ${planId} and path > ${after} and until is null and since > 1 order by path limit ${limit}`;
  return (await query.execute(db)).rows;
}

/** Operations of past versions, by path, all versions of a path one after the other. */
export async function listPastPlanOperations(
  db: Db,
  { planId, after, limit }: { planId: number; after: string; limit: number },
): Promise<StoredOperation[]> {
  const query = sql<StoredOperation>`
    select * from plan_operations indexed by plan_operations_past
    where plan_id = ${planId} and path > ${after} and until is not null order by path, since limit ${limit}`;
  return (await query.execute(db)).rows;
}

/** Takes up to `limit` operations or folders of a plan away. False when none is left. */
export async function deletePlanRows(tx: Db, planId: number, limit: number): Promise<boolean> {
  const steps = [
    sql`delete from plan_operations where id in (
      select id from plan_operations indexed by plan_operations_by_line
      where plan_id = ${planId} and until is null limit ${limit})`,
    sql`delete from plan_operations where id in (
      select id from plan_operations indexed by plan_operations_past
      where plan_id = ${planId} and until is not null limit ${limit})`,
    sql`delete from plan_folders where id in (select id from plan_folders where plan_id = ${planId} limit ${limit})`,
  ];
  for (const step of steps) {
    const { numAffectedRows = 0n } = await step.execute(tx);
    if (numAffectedRows > 0n) return true;
  }
  return false;
}
