import { type Kysely, sql } from "kysely";

// What differs between SQLite and PostgreSQL; see 0001.
const int = "integer" as const;
const clustered = sql`without rowid`;

// biome-ignore lint/suspicious/noExplicitAny: the schema of this step, frozen; schema.ts describes the newest.
type Db = Kysely<any>;

/** Files looked at between two statements. */
const PIECE = 2000;
/** A term: u32 xorb id, chunk start, chunk end, unpacked bytes, little-endian. */
const TERM_BYTES = 16;

/** Which files hold bytes of which xorb, and where in the buckets they stand. */
export async function up(db: Db): Promise<void> {
  await db.schema
    .createTable("xorb_files")
    .addColumn("xorb_id", int, (c) => c.notNull())
    .addColumn("file_id", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("xorb_files_key", ["xorb_id", "file_id"])
    .modifyEnd(clustered)
    .execute();
  await sql`create index entries_by_hash on entries (xet_hash, bucket_id) where xet_hash is not null`.execute(db);
  let after = 0;
  while (true) {
    const files = await sql<{ id: number; terms: Uint8Array }>`
      select id, terms from files where id > ${after} order by id limit ${PIECE}`.execute(db);
    if (files.rows.length === 0) return;
    after = files.rows.at(-1)!.id;
    let rows: [number, number][] = [];
    for (const { id, terms } of files.rows) {
      for (const xorbId of xorbIdsOf(terms)) {
        rows.push([xorbId, id]);
        if (rows.length < PIECE) continue;
        await insert(db, rows);
        rows = [];
      }
    }
    await insert(db, rows);
  }
}

function xorbIdsOf(terms: Uint8Array): Set<number> {
  const view = new DataView(terms.buffer, terms.byteOffset, terms.byteLength);
  const ids = new Set<number>();
  for (let at = 0; at + TERM_BYTES <= terms.length; at += TERM_BYTES) ids.add(view.getUint32(at, true));
  return ids;
}

async function insert(db: Db, rows: [number, number][]): Promise<void> {
  await sql`insert into xorb_files (xorb_id, file_id)
    select j.value ->> 0, j.value ->> 1 from json_each(${JSON.stringify(rows)}) as j where true
    on conflict do nothing`.execute(db);
}
