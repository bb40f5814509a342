/**
 * Roll-ups of plans: a row per folder that has operations below, with counts and bytes per kind of all of them, of the stale and of the
 * spent ones. Kept in the transaction that changes an operation, so that no question ever counts operations.
 */
import { type Kysely, sql } from "kysely";
import { PLAN_KINDS, type PlanKind } from "#lib/core/plan/plan.ts";
import { jsonColumn, jsonRows, nextTurn, pieces } from "./rows.ts";
import type { PlanFolderFigures, StoredPlanFolder, Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** One operation that comes (`all` 1), goes (-1), turns stale or fresh, or is spent. Stale counts unspent operations only. */
export interface PlanFolderChange {
  /** Path of the operation within the plan. */
  path: string;
  kind: PlanKind;
  size: number | null;
  all?: 1 | -1;
  stale?: 1 | -1;
  spent?: 1 | -1;
  /** Bits to add to every folder above; bits are never taken away. */
  findings?: number;
}

type Figure = keyof PlanFolderFigures;
const PARTS = { all: "", stale: "stale_", spent: "spent_" } as const;

interface FolderDelta {
  figures: Map<Figure, number>;
  findings: number;
}

/** The folder that holds an operation or folder: "" or ending in "/". */
export function planFolderOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/", path.length - 2) + 1);
}

function depthOf(folder: string): number {
  let depth = 0;
  for (let at = folder.indexOf("/"); at !== -1; at = folder.indexOf("/", at + 1)) depth += 1;
  return depth;
}

/** Adds all changes up to the root, making folders that are missing. Returns the ids of the folders that directly hold the operations. */
export async function changePlanFolders(
  tx: Db,
  planId: number,
  changes: Iterable<PlanFolderChange>,
): Promise<Map<string, number>> {
  const deltas = await sumUp(changes);
  if (deltas.size === 0) return new Map();
  const ids = await ensureFolders(tx, planId, deltas.keys());
  await addFigures(tx, deltas, ids);
  return ids;
}

async function sumUp(changes: Iterable<PlanFolderChange>): Promise<Map<string, FolderDelta>> {
  const deltas = new Map<string, FolderDelta>();
  const at = (folder: string): FolderDelta => {
    let delta = deltas.get(folder);
    if (delta === undefined) {
      delta = { figures: new Map(), findings: 0 };
      deltas.set(folder, delta);
    }
    return delta;
  };
  let count = 0;
  for (const change of changes) {
    if (++count % 2000 === 0) await nextTurn();
    const delta = at(planFolderOf(change.path));
    delta.findings |= change.findings ?? 0;
    for (const part of ["all", "stale", "spent"] as const) {
      const sign = change[part];
      if (sign === undefined) continue;
      const prefix = PARTS[part];
      add(delta.figures, `${prefix}${change.kind}_count`, sign);
      add(delta.figures, `${prefix}${change.kind}_bytes`, sign * (change.size ?? 0));
    }
  }
  // Deepest first, each into the one above; folders that come up on the way join the queue of their own depth.
  const byDepth: string[][] = [];
  const queue = (folder: string) => {
    const depth = depthOf(folder);
    byDepth[depth] ??= [];
    byDepth[depth].push(folder);
  };
  for (const folder of deltas.keys()) queue(folder);
  for (let depth = byDepth.length - 1; depth > 0; depth--) {
    for (const folder of byDepth[depth] ?? []) {
      if (++count % 2000 === 0) await nextTurn();
      const above = planFolderOf(folder);
      if (!deltas.has(above)) queue(above);
      const { figures, findings } = deltas.get(folder)!;
      const parent = at(above);
      parent.findings |= findings;
      for (const [figure, by] of figures) add(parent.figures, figure, by);
    }
  }
  return deltas;
}

function add(figures: Map<Figure, number>, figure: Figure, by: number): void {
  figures.set(figure, (figures.get(figure) ?? 0) + by);
}

async function ensureFolders(tx: Db, planId: number, folders: Iterable<string>): Promise<Map<string, number>> {
  const ids = new Map<string, number>();
  const wanted = [...folders];
  for (const part of pieces(wanted)) {
    const found = sql<{ id: number; path: string }>`
      select plan_folders.id, plan_folders.path from ${jsonRows(part)}
      cross join plan_folders where plan_folders.plan_id = ${planId} and plan_folders.path = j.value`;
    for (const row of (await found.execute(tx)).rows) ids.set(row.path, row.id);
  }
  const missing: string[][] = [];
  for (const folder of wanted) {
    if (ids.has(folder)) continue;
    const depth = depthOf(folder);
    missing[depth] ??= [];
    missing[depth].push(folder);
  }
  for (const level of missing) {
    for (const part of pieces(level ?? [])) {
      const values = part.map((folder) => [folder === "" ? null : ids.get(planFolderOf(folder))!, folder]);
      const made = sql<{ id: number; path: string }>`
        insert into plan_folders (plan_id, parent_id, path, findings)
        select ${planId}, ${jsonColumn(0)}, ${jsonColumn(1)}, 0 from ${jsonRows(values)} where true returning id, path`;
      for (const row of (await made.execute(tx)).rows) ids.set(row.path, row.id);
    }
  }
  return ids;
}

async function addFigures(tx: Db, deltas: ReadonlyMap<string, FolderDelta>, ids: ReadonlyMap<string, number>) {
  for (const part of pieces(deltas)) {
    // Only the columns that change here: most pieces hold one or two kinds.
    const columns = [...new Set(part.flatMap(([, { figures }]) => [...figures.keys()]))].sort();
    const values = part.map(([folder, { figures, findings }]) => [
      ids.get(folder)!,
      findings,
      ...columns.map((column) => figures.get(column) ?? 0),
    ]);
    const sets = columns.map((column, at) => sql`${sql.ref(column)} = ${sql.ref(column)} + c${sql.lit(at + 2)}`);
    const named = columns.map((_, at) => sql`, ${jsonColumn(at + 2)} as c${sql.lit(at + 2)}`);
    await sql`
      update plan_folders set ${sql.join([...sets, sql`findings = plan_folders.findings | changed.bits`])}
      from (select ${jsonColumn(0)} as folder, ${jsonColumn(1)} as bits ${sql.join(named, sql``)}
        from ${jsonRows(values)}) as changed
      where plan_folders.id = changed.folder`.execute(tx);
  }
}

export function findPlanFolder(db: Db, planId: number, path: string): Promise<StoredPlanFolder | undefined> {
  return db
    .selectFrom("plan_folders")
    .selectAll()
    .where("plan_id", "=", planId)
    .where("path", "=", path)
    .executeTakeFirst();
}

/** The folders among `paths`. */
export async function findPlanFolders(db: Db, planId: number, paths: readonly string[]): Promise<StoredPlanFolder[]> {
  const rows: StoredPlanFolder[] = [];
  for (const part of pieces(paths)) {
    const query = sql<StoredPlanFolder>`select plan_folders.* from ${jsonRows(part)}
      cross join plan_folders where plan_folders.plan_id = ${planId} and plan_folders.path = j.value`;
    rows.push(...(await query.execute(db)).rows);
  }
  return rows;
}

/** Folders right below another one, by path, after the path `after`. */
export function listPlanFolders(
  db: Db,
  { planId, parentId, after, limit }: { planId: number; parentId: number; after: string | null; limit: number },
): Promise<StoredPlanFolder[]> {
  return db
    .selectFrom("plan_folders")
    .selectAll()
    .where("plan_id", "=", planId)
    .where("parent_id", "=", parentId)
    .$if(after !== null, (query) => query.where("path", ">", after!))
    .orderBy("path")
    .limit(limit)
    .execute();
}

export async function countPlanFolders(db: Db, planId: number, atMost: number): Promise<number> {
  const query = sql<{ count: number }>`
    select count(*) as count from (select 1 from plan_folders where plan_id = ${planId} limit ${atMost})`;
  return (await query.execute(db)).rows[0]!.count;
}

/** The totals of one part of a folder row, by kind. */
export function figuresOf(row: PlanFolderFigures, part: keyof typeof PARTS) {
  const prefix = PARTS[part];
  const of = (kind: PlanKind) => ({ count: row[`${prefix}${kind}_count`], bytes: row[`${prefix}${kind}_bytes`] });
  return Object.fromEntries(PLAN_KINDS.map((kind) => [kind, of(kind)])) as Record<
    PlanKind,
    { count: number; bytes: number }
  >;
}
