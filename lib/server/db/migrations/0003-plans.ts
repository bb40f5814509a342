import { type CreateTableBuilder, type Kysely, sql } from "kysely";

// What differs between SQLite and PostgreSQL; see 0001.
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
  await plans(db);
  await reviews(db);
  await surroundings(db);
}

async function plans(db: Db): Promise<void> {
  // Gives plans their ids; a row stays while the plan's operations are being staged.
  await serial(db.schema.createTable("plan_imports"))
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await serial(db.schema.createTable("plans"))
    .addColumn("bucket_id", int, (c) => c.notNull().references("buckets.id").onDelete("cascade"))
    .addColumn("prefix", text, (c) => c.notNull())
    .addColumn("direction", text, (c) => c.notNull())
    .addColumn("source", text, (c) => c.notNull())
    .addColumn("dest", text, (c) => c.notNull())
    .addColumn("source_bucket_id", int)
    .addColumn("source_prefix", text)
    .addColumn("options", text, (c) => c.notNull())
    .addColumn("title", text, (c) => c.notNull())
    .addColumn("timestamp", text, (c) => c.notNull())
    .addColumn("version", int, (c) => c.notNull())
    .addColumn("status", text, (c) => c.notNull())
    .addColumn("digest", text, (c) => c.notNull())
    .addColumn("sha256", text, (c) => c.notNull())
    .addColumn("original_bytes", int, (c) => c.notNull())
    .addColumn("user_id", int, (c) => c.notNull())
    .addColumn("token_label", text)
    .addColumn("agent", int, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("updated_at", int, (c) => c.notNull())
    .addColumn("operations", int, (c) => c.notNull())
    .addColumn("totals", text, (c) => c.notNull())
    .addColumn("stale", int, (c) => c.notNull())
    .addColumn("findings", text, (c) => c.notNull())
    .addColumn("revert_of", int)
    .execute();
  await db.schema.createIndex("plans_by_bucket").on("plans").columns(["bucket_id", "status", "id"]).execute();
  await db.schema.createIndex("plans_of_bucket").on("plans").columns(["bucket_id", "id"]).execute();
  await sql`create index plans_by_revert on plans (revert_of) where revert_of is not null`.execute(db);
  await db.schema.createIndex("plans_by_user").on("plans").columns(["user_id", "id"]).execute();
  await db.schema
    .createTable("plan_versions")
    .addColumn("plan_id", int, (c) => c.notNull().references("plans.id").onDelete("cascade"))
    .addColumn("version", int, (c) => c.notNull())
    .addColumn("digest", text, (c) => c.notNull())
    .addColumn("totals", text, (c) => c.notNull())
    .addColumn("changed", int, (c) => c.notNull())
    .addColumn("user_id", int, (c) => c.notNull())
    .addColumn("token_label", text)
    .addColumn("agent", int, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("plan_versions_key", ["plan_id", "version"])
    .modifyEnd(clustered)
    .execute();
  // No reference to `plans`: the rows are staged before their plan appears, and go in pieces (`db/plan-operations.ts`).
  let folders = serial(db.schema.createTable("plan_folders"))
    .addColumn("plan_id", int, (c) => c.notNull())
    .addColumn("parent_id", int)
    .addColumn("path", text, (c) => c.notNull())
    .addColumn("findings", int, (c) => c.notNull());
  for (const part of ["", "stale_", "spent_"]) {
    for (const kind of ["add", "overwrite", "delete", "skip", "download"]) {
      for (const figure of ["count", "bytes"]) {
        folders = folders.addColumn(`${part}${kind}_${figure}`, int, (c) => c.notNull().defaultTo(0));
      }
    }
  }
  await folders.execute();
  await db.schema
    .createIndex("plan_folders_by_path")
    .on("plan_folders")
    .columns(["plan_id", "path"])
    .unique()
    .execute();
  await db.schema
    .createIndex("plan_folders_by_parent")
    .on("plan_folders")
    .columns(["plan_id", "parent_id", "path"])
    .execute();
  await serial(db.schema.createTable("plan_operations"))
    .addColumn("plan_id", int, (c) => c.notNull())
    .addColumn("bucket_id", int, (c) => c.notNull())
    .addColumn("folder_id", int, (c) => c.notNull())
    .addColumn("line", int, (c) => c.notNull())
    .addColumn("path", text, (c) => c.notNull())
    .addColumn("target", text, (c) => c.notNull())
    .addColumn("kind", int, (c) => c.notNull())
    .addColumn("reason", text, (c) => c.notNull())
    .addColumn("size", int)
    .addColumn("local_mtime", int)
    .addColumn("remote_mtime", int)
    .addColumn("xet_hash", blob)
    .addColumn("since", int, (c) => c.notNull())
    .addColumn("until", int)
    .addColumn("ground_hash", blob)
    .addColumn("ground_size", int)
    .addColumn("ground_mtime", int)
    .addColumn("ground_uploaded_at", int)
    .addColumn("stale", int, (c) => c.notNull())
    .addColumn("findings", int, (c) => c.notNull())
    .addColumn("spent_at", int)
    .addColumn("spent_by", int)
    .addColumn("spent_hash", blob)
    .addColumn("run_id", int)
    .addColumn("error", text)
    .execute();
  // Present version only (until is null): the tree, the list, and "who covers this path of the bucket".
  const index = (name: string, columns: string, where: string) =>
    sql`create index ${sql.id(name)} on plan_operations (${sql.raw(columns)}) where ${sql.raw(where)}`.execute(db);
  await index("plan_operations_by_folder", "plan_id, folder_id, path", "until is null");
  await index("plan_operations_by_line", "plan_id, line", "until is null");
  await index("plan_operations_by_path", "plan_id, path", "until is null");
  await index("plan_operations_by_target", "bucket_id, target", "until is null and spent_at is null and kind <> 3");
  await index("plan_operations_spent", "bucket_id, target", "spent_at is not null");
  await index("plan_operations_stale", "plan_id, line", "until is null and stale = 1");
  await index("plan_operations_changed", "plan_id, path, since", "until is null and since > 1");
  await index("plan_operations_past", "plan_id, path, since", "until is not null");
}

async function reviews(db: Db): Promise<void> {
  await serial(db.schema.createTable("plan_approvals"))
    .addColumn("plan_id", int, (c) => c.notNull().references("plans.id").onDelete("cascade"))
    .addColumn("version", int, (c) => c.notNull())
    .addColumn("digest", text, (c) => c.notNull())
    .addColumn("user_id", int, (c) => c.notNull())
    .addColumn("token_label", text)
    .addColumn("verdict", text, (c) => c.notNull())
    .addColumn("selection", text, (c) => c.notNull())
    .addColumn("note", text, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("expires_at", int)
    .addColumn("withdrawn_at", int)
    .execute();
  await db.schema.createIndex("plan_approvals_by_plan").on("plan_approvals").columns(["plan_id", "id"]).execute();
  await serial(db.schema.createTable("plan_comments"))
    .addColumn("plan_id", int, (c) => c.notNull().references("plans.id").onDelete("cascade"))
    .addColumn("path", text)
    .addColumn("user_id", int, (c) => c.notNull())
    .addColumn("token_label", text)
    .addColumn("agent", int, (c) => c.notNull())
    .addColumn("body", text, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("edited_at", int)
    .execute();
  await db.schema.createIndex("plan_comments_by_plan").on("plan_comments").columns(["plan_id", "path", "id"]).execute();
  await db.schema
    .createTable("plan_reviewers")
    .addColumn("plan_id", int, (c) => c.notNull().references("plans.id").onDelete("cascade"))
    .addColumn("user_id", int, (c) => c.notNull())
    .addColumn("asked_by", int, (c) => c.notNull())
    .addColumn("asked_at", int, (c) => c.notNull())
    .addPrimaryKeyConstraint("plan_reviewers_key", ["plan_id", "user_id"])
    .modifyEnd(clustered)
    .execute();
  await db.schema.createIndex("plan_reviewers_by_user").on("plan_reviewers").columns(["user_id", "plan_id"]).execute();
  await serial(db.schema.createTable("plan_runs"))
    .addColumn("plan_id", int, (c) => c.notNull().references("plans.id").onDelete("cascade"))
    .addColumn("how", text, (c) => c.notNull())
    .addColumn("user_id", int, (c) => c.notNull())
    .addColumn("token_label", text)
    .addColumn("agent", int, (c) => c.notNull())
    .addColumn("state", text, (c) => c.notNull())
    .addColumn("started_at", int, (c) => c.notNull())
    .addColumn("ended_at", int)
    .addColumn("total", int, (c) => c.notNull())
    .addColumn("done", int, (c) => c.notNull())
    .addColumn("failed", int, (c) => c.notNull())
    .addColumn("bytes", int, (c) => c.notNull())
    .addColumn("bytes_done", int, (c) => c.notNull())
    .addColumn("reach", text, (c) => c.notNull())
    .addColumn("active_at", int, (c) => c.notNull())
    .addColumn("message", text)
    .execute();
  await db.schema.createIndex("plan_runs_by_plan").on("plan_runs").columns(["plan_id", "id"]).execute();
  await db.schema.createIndex("plan_runs_by_state").on("plan_runs").columns(["state", "id"]).execute();
}

async function surroundings(db: Db): Promise<void> {
  await db.schema
    .createTable("bucket_rules")
    .addColumn("bucket_id", int, (c) => c.primaryKey().references("buckets.id").onDelete("cascade"))
    .addColumn("rules", text, (c) => c.notNull())
    .addColumn("updated_at", int, (c) => c.notNull())
    .execute();
  await serial(db.schema.createTable("activity"))
    .addColumn("bucket_id", int, (c) => c.notNull())
    .addColumn("plan_id", int)
    .addColumn("type", text, (c) => c.notNull())
    .addColumn("user_id", int)
    .addColumn("token_label", text)
    .addColumn("agent", int, (c) => c.notNull())
    .addColumn("details", text, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .execute();
  await db.schema.createIndex("activity_by_bucket").on("activity").columns(["bucket_id", "id"]).execute();
  await sql`create index activity_by_plan on activity (plan_id, id) where plan_id is not null`.execute(db);
  await serial(db.schema.createTable("webhooks"))
    .addColumn("bucket_id", int, (c) => c.notNull().references("buckets.id").onDelete("cascade"))
    .addColumn("url", text, (c) => c.notNull())
    .addColumn("secret", text, (c) => c.notNull())
    .addColumn("events", text, (c) => c.notNull())
    .addColumn("created_at", int, (c) => c.notNull())
    .addColumn("last_at", int)
    .addColumn("last_status", int)
    .addColumn("last_message", text)
    .execute();
  await db.schema.createIndex("webhooks_by_bucket").on("webhooks").columns(["bucket_id", "id"]).execute();
  await serial(db.schema.createTable("webhook_deliveries"))
    .addColumn("webhook_id", int, (c) => c.notNull().references("webhooks.id").onDelete("cascade"))
    .addColumn("event", text, (c) => c.notNull())
    .addColumn("payload", text, (c) => c.notNull())
    .addColumn("attempts", int, (c) => c.notNull())
    .addColumn("next_at", int, (c) => c.notNull())
    .execute();
  await db.schema
    .createIndex("webhook_deliveries_by_webhook")
    .on("webhook_deliveries")
    .columns(["webhook_id", "id"])
    .execute();
  await db.schema.createIndex("webhook_deliveries_by_time").on("webhook_deliveries").columns(["next_at"]).execute();
}
