import { type CreateTableBuilder, type Kysely, sql } from "kysely";

// What differs between SQLite and PostgreSQL; see 0001.
const blob = sql`blob`;
const text = "text" as const;
const int = "integer" as const;
const clustered = sql`without rowid`;

// biome-ignore lint/suspicious/noExplicitAny: the schema of this step, frozen; schema.ts describes the newest.
type Db = Kysely<any>;

const FIGURES = ["logical", "unique", "exclusive", "stored", "freed"];

/** The dedup figures of buckets: derived from entries and terms, at hand when a page opens. */
export async function up(db: Db): Promise<void> {
  await table(db, "dedup_sets", ["bucket_id"], {
    ...{ bucket_id: int, generation: int, version: int, revision: int, as_of: int, took_ms: int },
    ...{ files: int, logical: int, unique: int, stored: int, folders: int },
    ...{ waiting_bytes: int, waiting_files: int, waiting_since: null },
    ...{ scratch: null, checkpoints: text, ranked: text, matrix: text },
  });
  await table(db, "dedup_folders", ["bucket_id", "generation", "path"], {
    ...{ bucket_id: int, generation: int, path: text, id: int, parent_id: int, nested: int, files: int },
    ...Object.fromEntries(FIGURES.map((name) => [name, int])),
  });
  const index = (name: string, columns: string[]) =>
    db.schema
      .createIndex(`dedup_folders_by_${name}`)
      .on("dedup_folders")
      .columns(["bucket_id", "generation", "parent_id", ...columns])
      .execute();
  await index("name", ["path"]);
  for (const name of FIGURES) await index(name, [name, "path"]);
  const inGeneration = { bucket_id: int, generation: int };
  await table(db, "dedup_files", ["bucket_id", "generation", "block"], { ...inGeneration, block: int, figures: blob });
  await table(db, "dedup_coverage", ["bucket_id", "generation", "kind", "xorb_id"], {
    ...inGeneration,
    ...{ kind: int, xorb_id: int, ranges: blob, unpacked: int, stored: int },
  });
  await db.schema
    .createIndex("dedup_coverage_by_xorb")
    .on("dedup_coverage")
    .columns(["xorb_id", "kind", "bucket_id", "generation"])
    .execute();
  await table(db, "dedup_overlaps", ["bucket_id", "other_id"], {
    ...{ bucket_id: int, other_id: int, unpacked: int, stored: int, waiting: int },
  });
  await table(db, "dedup_history", ["bucket_id", "at"], {
    ...{ bucket_id: int, at: int, files: int, logical: int, unique: int, stored: int },
  });
  await table(db, "dedup_left", ["bucket_id", "file_id"], { bucket_id: int, file_id: int, left_at: int });
  await db.schema.createIndex("dedup_left_by_time").on("dedup_left").column("left_at").execute();
}

/** A null type: an integer that may be missing. */
async function table(
  db: Db,
  name: string,
  key: string[],
  columns: Record<string, typeof int | typeof text | typeof blob | null>,
): Promise<void> {
  let made: CreateTableBuilder<string, string> = db.schema.createTable(name);
  for (const [column, type] of Object.entries(columns)) {
    made = type === null ? made.addColumn(column, int) : made.addColumn(column, type, (c) => c.notNull());
  }
  await made
    .addPrimaryKeyConstraint(`${name}_key`, key as never)
    .modifyEnd(clustered)
    .execute();
}
