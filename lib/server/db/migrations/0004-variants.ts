import { type Kysely, sql } from "kysely";

// biome-ignore lint/suspicious/noExplicitAny: the schema of this step, frozen; schema.ts describes the newest.
type Db = Kysely<any>;

/** A hash may have several files and several xorbs from here on, so that accounts that see nothing of each other share no row. */
export async function up(db: Db): Promise<void> {
  await allowVariants(db, "files");
  await allowVariants(db, "xorbs");
  await pasts(db);
  // What an account sent lately, and its neighbours, whoever else sent something in between.
  await sql`create index xorb_uploaders_by_user on xorb_uploaders (user_id, bucket_id, xorb_id)`.execute(db);
  await sql`create table xorb_offers (user_id integer not null, reach integer not null, xorb_id integer not null,
    until integer not null, primary key (user_id, reach, xorb_id)) without rowid`.execute(db);
  await sql`create index xorb_offers_by_end on xorb_offers (until)`.execute(db);
}

/** SQLite drops no constraint: the table is made anew, with the columns that it has by now, its ids and the last id ever given. */
async function allowVariants(db: Db, name: "files" | "xorbs"): Promise<void> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_master where tbl_name = ${name} and sql is not null order by type desc`.execute(db);
  const [table, ...indexes] = rows.map((row) => row.sql);
  const made = table!
    .replace(new RegExp(`^create table "${name}"`, "i"), 'create table "variants"')
    .replace('"hash" blob not null unique', '"hash" blob not null');
  if (!made.includes('"variants"') || /\bunique\b/i.test(made)) throw new Error(`Not the known table: ${table}`);
  await sql.raw(made).execute(db);
  await sql`insert into variants select * from ${sql.table(name)}`.execute(db);
  await sql`delete from sqlite_sequence where name = 'variants'`.execute(db);
  await sql`insert into sqlite_sequence (name, seq)
    select 'variants', seq from sqlite_sequence where name = ${name}`.execute(db);
  await sql`drop table ${sql.table(name)}`.execute(db);
  await sql`alter table variants rename to ${sql.table(name)}`.execute(db);
  for (const index of indexes) await sql.raw(index).execute(db);
  await sql`create index ${sql.id(`${name}_by_hash`)} on ${sql.table(name)} (hash)`.execute(db);
}

/** What buckets held: of earlier deletions it is known where a plan's operations remember them. */
async function pasts(db: Db): Promise<void> {
  await sql`create table file_pasts (file_id integer not null, bucket_id integer not null,
    primary key (file_id, bucket_id)) without rowid`.execute(db);
  await sql`create index file_pasts_reverse on file_pasts (bucket_id, file_id)`.execute(db);
  await sql`insert into file_pasts (file_id, bucket_id)
    select distinct files.id, spent.bucket_id from plan_operations as spent cross join files
    where spent.spent_at is not null and files.hash = spent.ground_hash and not exists
      (select 1 from file_proofs as proof where proof.file_id = files.id and proof.bucket_id = spent.bucket_id)`.execute(
    db,
  );
}
