/** What the making of a new version asks of the tables. */
import { type Kysely, sql } from "kysely";
import { jsonRows, pieces } from "./rows.ts";
import type { Tables } from "./schema.ts";

type Db = Kysely<Tables>;

/** The rows hold for versions before `version` only. */
export async function closePlanOperations(tx: Db, ids: readonly number[], version: number): Promise<void> {
  for (const part of pieces(ids)) {
    await sql`update plan_operations set until = ${version}
      where id in (select j.value from ${jsonRows(part)}) and until is null`.execute(tx);
  }
}

/** How many operations a version has done away with or decided anew. */
export async function countClosed(db: Db, planId: number, version: number): Promise<number> {
  const query = sql<{ count: number }>`
    select count(*) as count from plan_operations indexed by plan_operations_past
    where plan_id = ${planId} and until is not null and until = ${version}`;
  return (await query.execute(db)).rows[0]!.count;
}

/** Folders that no operation of the present version lies in. */
export async function deleteEmptyFolders(tx: Db, planId: number): Promise<void> {
  await sql`delete from plan_folders where plan_id = ${planId} and path <> ''
    and add_count + overwrite_count + delete_count + skip_count + download_count = 0`.execute(tx);
}
