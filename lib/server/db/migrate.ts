/** Brings a database to the newest schema. Steps are frozen once released: a change is a new file, never an edit. */
import { type Kysely, sql } from "kysely";
import * as initial from "./migrations/0001-initial.ts";
import * as xorbFiles from "./migrations/0002-xorb-files.ts";
import * as plans from "./migrations/0003-plans.ts";
import * as variants from "./migrations/0004-variants.ts";
import * as layouts from "./migrations/0005-layouts.ts";
import * as dedup from "./migrations/0006-dedup.ts";

interface Migration {
  name: string;
  // biome-ignore lint/suspicious/noExplicitAny: a step knows the schema of its own time only.
  up(db: Kysely<any>): Promise<void>;
}

const MIGRATIONS: Migration[] = [
  { name: "0001-initial", up: initial.up },
  { name: "0002-xorb-files", up: xorbFiles.up },
  { name: "0003-plans", up: plans.up },
  { name: "0004-variants", up: variants.up },
  { name: "0005-layouts", up: layouts.up },
  { name: "0006-dedup", up: dedup.up },
];

/**
 * One transaction for all steps, so that two processes starting at once do not both take them. Throws on a newer database. `last`: the
 * step to stop after, for tests of the steps that follow.
 */
// biome-ignore lint/suspicious/noExplicitAny: as above.
export async function migrate(db: Kysely<any>, last?: string): Promise<void> {
  await db.transaction().execute(async (tx) => {
    await sql`create table if not exists migrations (name text primary key, applied_at integer not null)`.execute(tx);
    const rows = (await sql<{ name: string }>`select name from migrations`.execute(tx)).rows;
    const applied = new Set(rows.map((row) => row.name));
    for (const name of applied) {
      if (!MIGRATIONS.some((migration) => migration.name === name)) {
        throw new Error(`The database was made by a newer version of this server (it has step ${name}).`);
      }
    }
    for (const { name, up } of MIGRATIONS) {
      if (!applied.has(name)) {
        await up(tx);
        await sql`insert into migrations (name, applied_at) values (${name}, ${Date.now()})`.execute(tx);
      }
      if (name === last) return;
    }
  });
}
