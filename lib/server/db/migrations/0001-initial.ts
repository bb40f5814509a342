import { type CreateTableBuilder, type Kysely, sql } from "kysely";

/*
 * What differs between SQLite and PostgreSQL stands here and nowhere else in this file. Paths and keys compare byte by
 * byte (SQLite's default; COLLATE "C" there). Ids never come back after a delete (AUTOINCREMENT): xet tokens and packed
 * terms name buckets and xorbs by id. A table that is its primary key has no row id of its own.
 */
const blob = sql`blob`;
const text = "text" as const;
const int = "integer" as const;
const clustered = sql`without rowid`;

// biome-ignore lint/suspicious/noExplicitAny: the schema of this step, frozen; schema.ts describes the newest.
type Db = Kysely<any>;

function serial<T extends string, C extends string>(table: CreateTableBuilder<T, C>) {
  return table.addColumn("id", int, (column) => column.primaryKey().autoIncrement());
}

export async function up(db: Db): Promise<void> {
  await accounts(db);
  await buckets(db);
  await content(db);
}

async function accounts(db: Db): Promise<void> {
  await serial(db.schema.createTable("namespaces"))
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("name_key", text, (c) => c.notNull().unique())
    .addColumn("type", text, (c) => c.notNull())
    .addColumn("full_name", text, (c) => c.notNull())
    .addColumn("email", text)
    .addColumn("password", text)
    .addColumn("private_by_default", int, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("members")
    .addColumn("org_id", int, (c) => c.notNull().references("namespaces.id").onDelete("cascade"))
    .addColumn("user_id", int, (c) => c.notNull().references("namespaces.id").onDelete("cascade"))
    .addColumn("role", text, (c) => c.notNull())
    .addPrimaryKeyConstraint("members_key", ["org_id", "user_id"])
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex("members_by_user").on("members").columns(["user_id", "org_id"]).execute();
  await db.schema
    .createTable("tokens")
    .addColumn("id", text, (c) => c.notNull().primaryKey())
    .addColumn("hash", blob, (c) => c.notNull().unique())
    .addColumn("user_id", int, (c) => c.notNull().references("namespaces.id").onDelete("cascade"))
    .addColumn("label", text, (c) => c.notNull())
    .addColumn("role", text, (c) => c.notNull())
    .addColumn("scope", text)
    .addColumn("hint", text, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("expires_at", int)
    .addColumn("last_used_at", int)
    .addColumn("revoked_at", int)
    .execute();
  await db.schema.createIndex("tokens_by_user").on("tokens").columns(["user_id", "created_at"]).execute();
  await db.schema
    .createTable("sessions")
    .addColumn("hash", blob, (c) => c.notNull().primaryKey())
    .addColumn("user_id", int, (c) => c.references("namespaces.id").onDelete("cascade"))
    .addColumn("token_id", text, (c) => c.references("tokens.id").onDelete("cascade"))
    .addColumn("upstream_token", blob)
    .addColumn("user_agent", text, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("expires_at", int, (c) => c.notNull())
    .addColumn("last_used_at", int, (c) => c.notNull())
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex("sessions_by_user").on("sessions").columns(["user_id", "created_at"]).execute();
  await db.schema.createIndex("sessions_by_token").on("sessions").column("token_id").execute();
  await db.schema
    .createTable("links")
    .addColumn("hash", blob, (c) => c.notNull().primaryKey())
    .addColumn("user_id", int, (c) => c.notNull().references("namespaces.id").onDelete("cascade"))
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("expires_at", int, (c) => c.notNull())
    .addColumn("used_at", int)
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex("links_by_user").on("links").column("user_id").execute();
}

/** What a listing shows beside path, kind and size. */
const SHOWN = ["files", "uploaded_at", "mtime", "xet_hash", "content_type"];

async function buckets(db: Db): Promise<void> {
  await serial(db.schema.createTable("buckets"))
    .addColumn("namespace_id", int, (c) => c.notNull().references("namespaces.id"))
    .addColumn("name", text, (c) => c.notNull())
    .addColumn("name_key", text, (c) => c.notNull())
    .addColumn("visibility", text, (c) => c.notNull())
    .addColumn("region", text)
    .addColumn("cdn_regions", text, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("updated_at", int, (c) => c.notNull())
    .addColumn("size", int, (c) => c.notNull())
    .addColumn("files", int, (c) => c.notNull())
    .addUniqueConstraint("buckets_by_name", ["namespace_id", "name_key"])
    .execute();
  // Where deleted buckets wait for their rows to go (schema.ts, BucketsTable).
  await db
    .insertInto("namespaces")
    .values({ name: "~", name_key: "~", type: "org", full_name: "", private_by_default: 1, created_at: 0 })
    .execute();
  await db.schema
    .createTable("bucket_moves")
    .addColumn("namespace_key", text, (c) => c.notNull())
    .addColumn("name_key", text, (c) => c.notNull())
    .addColumn("bucket_id", int, (c) => c.notNull().references("buckets.id").onDelete("cascade"))
    .addPrimaryKeyConstraint("bucket_moves_key", ["namespace_key", "name_key"])
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex("bucket_moves_by_bucket").on("bucket_moves").column("bucket_id").execute();
  await db.schema
    .createTable("contributors")
    .addColumn("bucket_id", int, (c) => c.notNull().references("buckets.id").onDelete("cascade"))
    .addColumn("user_id", int, (c) => c.notNull().references("namespaces.id").onDelete("cascade"))
    .addColumn("files", int, (c) => c.notNull())
    .addColumn("last_at", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("contributors_key", ["bucket_id", "user_id"])
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex("contributors_by_user").on("contributors").column("user_id").execute();

  // No foreign keys on the large tables: each would cost a probe per row, and batches keep them right by construction.
  await db.schema
    .createTable("entries")
    .addColumn("id", int, (c) => c.primaryKey())
    .addColumn("bucket_id", int, (c) => c.notNull())
    .addColumn("folder_id", int)
    .addColumn("kind", int, (c) => c.notNull())
    .addColumn("path", text, (c) => c.notNull())
    .addColumn("size", int, (c) => c.notNull())
    .addColumn("files", int, (c) => c.notNull())
    .addColumn("uploaded_at", int, (c) => c.notNull())
    .addColumn("mtime", int)
    .addColumn("xet_hash", blob)
    .addColumn("content_type", text)
    .addColumn("uploaded_by", int)
    .execute();
  const index = (name: string, columns: string[]) => db.schema.createIndex(name).on("entries").columns(columns);
  // One file or folder by its path, and all files below a prefix.
  await index("entries_by_path", ["bucket_id", "kind", "path"]).unique().execute();
  // One level, in each order that a page offers; equal sizes and times go by path. Rows by size lie anywhere in the table, and
  // fetching a thousand of them was what made a page of a huge folder slow: that index holds all that a listing shows.
  await index("entries_by_name", ["folder_id", "kind", "path"]).execute();
  await index("entries_by_upload", ["folder_id", "uploaded_at", "path", "kind"]).execute();
  await index("entries_by_size", ["folder_id", "size", "path", "kind", ...SHOWN]).execute();
}

async function content(db: Db): Promise<void> {
  await serial(db.schema.createTable("xorbs"))
    .addColumn("hash", blob, (c) => c.notNull().unique())
    .addColumn("chunks", int, (c) => c.notNull())
    .addColumn("unpacked_bytes", int, (c) => c.notNull())
    .addColumn("stored_bytes", int, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("xorb_tables")
    .addColumn("xorb_id", int, (c) => c.primaryKey())
    .addColumn("hashes", blob, (c) => c.notNull())
    .addColumn("offsets", blob, (c) => c.notNull())
    .execute();
  await db.schema
    .createTable("xorb_uploaders")
    .addColumn("xorb_id", int, (c) => c.notNull())
    .addColumn("user_id", int, (c) => c.notNull())
    .addColumn("bucket_id", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("xorb_uploaders_key", ["xorb_id", "user_id", "bucket_id"])
    .modifyEnd(clustered)
    .execute();
  await serial(db.schema.createTable("files"))
    .addColumn("hash", blob, (c) => c.notNull().unique())
    .addColumn("size", int, (c) => c.notNull())
    .addColumn("terms", blob, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await pairs(db, "file_proofs", ["file_id", "bucket_id"]);
  await pairs(db, "file_buckets", ["file_id", "bucket_id"], "refs");
  await pairs(db, "xorb_buckets", ["xorb_id", "bucket_id"], "refs");
  await db.schema
    .createTable("chunk_index")
    .addColumn("hash", blob, (c) => c.notNull())
    .addColumn("xorb_id", int, (c) => c.notNull())
    .addColumn("chunk", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("chunk_index_key", ["hash", "xorb_id"])
    .modifyEnd(clustered)
    .execute();
  await db.schema
    .createTable("file_heads")
    .addColumn("hash", blob, (c) => c.notNull())
    .addColumn("file_id", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("file_heads_key", ["hash", "file_id"])
    .modifyEnd(clustered)
    .execute();
}

/** A relation, asked from both ends. */
async function pairs(db: Db, name: string, [first, second]: [string, string], counter?: string): Promise<void> {
  let table = db.schema
    .createTable(name)
    .addColumn(first, int, (c) => c.notNull())
    .addColumn(second, int, (c) => c.notNull());
  if (counter !== undefined) table = table.addColumn(counter, int, (c) => c.notNull());
  await table
    .addPrimaryKeyConstraint(`${name}_key`, [first, second] as never)
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex(`${name}_reverse`).on(name).columns([second, first]).execute();
}
