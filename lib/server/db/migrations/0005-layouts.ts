import { type Kysely, sql } from "kysely";

// What differs between SQLite and PostgreSQL; see 0001.
const blob = sql`blob`;
const int = "integer" as const;

// biome-ignore lint/suspicious/noExplicitAny: the schema of this step, frozen; schema.ts describes the newest.
type Db = Kysely<any>;

/** What garbage collection goes by: since when content is idle, what of a xorb is waste, where its chunks lay before. */
export async function up(db: Db): Promise<void> {
  const now = Date.now();
  await db.schema.alterTable("files").addColumn("idle_since", int).execute();
  await sql`update files set idle_since = ${now}
    where not exists (select 1 from file_buckets b where b.file_id = files.id)`.execute(db);
  await sql`create index files_by_idle on files (idle_since) where idle_since is not null`.execute(db);

  for (const [column, initial] of [
    ["layout", 0],
    ["dropped", 0],
    ["touched_at", 0],
    ["unexamined", 1],
  ] as const) {
    await db.schema
      .alterTable("xorbs")
      .addColumn(column, int, (c) => c.notNull().defaultTo(initial))
      .execute();
  }
  // Nobody knows when they were last sent, so the grace begins now.
  await sql`update xorbs set touched_at = ${now}`.execute(db);
  await sql`create index xorbs_unexamined on xorbs (touched_at) where unexamined = 1`.execute(db);

  await db.schema
    .createTable("xorb_waste")
    .addColumn("xorb_id", int, (c) => c.primaryKey())
    .addColumn("since", int, (c) => c.notNull())
    .addColumn("chunks", int, (c) => c.notNull())
    .addColumn("bytes", int, (c) => c.notNull())
    .addColumn("marks", blob, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("xorb_layouts")
    .addColumn("hash", blob, (c) => c.notNull())
    .addColumn("layout", int, (c) => c.notNull())
    .addColumn("xorb_id", int, (c) => c.notNull())
    .addColumn("offsets", blob, (c) => c.notNull())
    .addColumn("until", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("xorb_layouts_key", ["hash", "layout"])
    .execute();
  await db.schema.createIndex("xorb_layouts_by_end").on("xorb_layouts").column("until").execute();
  await db.schema
    .createTable("gc_state")
    .addColumn("id", int, (c) => c.primaryKey())
    .addColumn("idle_until", int, (c) => c.notNull())
    .addColumn("ran_at", int)
    .addColumn("freed_bytes", int, (c) => c.notNull())
    .execute();
  await db.insertInto("gc_state").values({ id: 1, idle_until: 0, ran_at: null, freed_bytes: 0 }).execute();
}
