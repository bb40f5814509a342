/** A bucket's memory: one row a step, written in the transaction of the step, with the deliveries to the webhooks that wait for it. */
import { type Kysely, type RawBuilder, type Selectable, sql } from "kysely";
import type { ActivityTable, Flag, Tables, WebhookDeliveriesTable, WebhooksTable } from "./schema.ts";

type Db = Kysely<Tables>;

/** Who did it: the columns are the same in plans, versions, comments and activity. */
export interface DoerColumns {
  user_id: number;
  token_label: string | null;
  agent: Flag;
}

export interface NewActivity {
  bucketId: number;
  planId: number | null;
  type: string;
  /** null: the server itself. */
  doer: DoerColumns | null;
  /** Numbers, names and digests of the step. */
  details: Record<string, unknown>;
  /** ms since the epoch. */
  at: number;
}

/** What webhooks may ask for, and the types of activity that each stands for. */
export const WEBHOOK_EVENTS = {
  "plan.submitted": ["plan.submitted", "plan.rebased"],
  "plan.decided": ["plan.approved", "plan.changes-requested", "plan.rejected", "plan.decision-withdrawn"],
  "plan.stale": ["plan.stale"],
  "plan.run": ["plan.run-started", "plan.run-ended"],
} as const;
/** Deliveries that may wait for one webhook. */
const WAITING_MAX = 1000;

export type WebhookEvent = keyof typeof WEBHOOK_EVENTS;

/** To be called in the transaction that takes the step, so that neither is ever without the other. */
export async function recordActivity(tx: Db, step: NewActivity): Promise<void> {
  const { bucketId, planId, type, doer, details, at } = step;
  await tx
    .insertInto("activity")
    .values({
      bucket_id: bucketId,
      plan_id: planId,
      type,
      user_id: doer?.user_id ?? null,
      token_label: doer?.token_label ?? null,
      agent: doer?.agent ?? 0,
      details: JSON.stringify(details),
      created_at: at,
    })
    .execute();
  const event = eventOf(type);
  if (event !== undefined) await queueDeliveries(tx, event, step);
}

function eventOf(type: string): WebhookEvent | undefined {
  return (Object.keys(WEBHOOK_EVENTS) as WebhookEvent[]).find((event) =>
    (WEBHOOK_EVENTS[event] as readonly string[]).includes(type),
  );
}

async function queueDeliveries(tx: Db, event: WebhookEvent, step: NewActivity): Promise<void> {
  const { bucketId, planId, type, doer, details, at } = step;
  const hooks = await listWebhooks(tx, bucketId);
  const wanted = hooks.filter((hook) => (JSON.parse(hook.events) as string[]).includes(event));
  if (wanted.length === 0) return;
  const names = await sql<{ bucket: string; plan: string | null; name: string | null }>`
    select owner.name || '/' || buckets.name as bucket,
      (select title from plans where id = ${planId}) as plan,
      (select name from namespaces where id = ${doer?.user_id ?? null}) as name
    from buckets cross join namespaces as owner on owner.id = buckets.namespace_id
    where buckets.id = ${bucketId}`.execute(tx);
  const [found] = names.rows;
  if (found === undefined) return;
  const payload = JSON.stringify({
    event,
    type,
    at: new Date(at).toISOString(),
    bucket: found.bucket,
    plan: planId === null ? null : { id: planId, title: found.plan ?? "" },
    by: doer === null ? null : { name: found.name, token: doer.token_label, agent: doer.agent === 1 },
    details,
  });
  for (const hook of wanted) {
    // A receiver that is away for long gets the oldest, and loses the newest: the activity has them all.
    await sql`
      insert into webhook_deliveries (webhook_id, event, payload, attempts, next_at)
      select ${hook.id}, ${event}, ${payload}, 0, ${at}
      where (select count(*) from (select 1 from webhook_deliveries where webhook_id = ${hook.id} limit ${WAITING_MAX})) < ${WAITING_MAX}`.execute(
      tx,
    );
  }
}

export interface NamedActivity extends Selectable<ActivityTable> {
  /** null for a bucket that was deleted. */
  bucket_name: string | null;
  bucket_namespace: string | null;
  plan_title: string | null;
  user_name: string | null;
  user_full_name: string | null;
}

/** Newest first; `where` is a condition on `activity` and `buckets`. */
export async function listActivity(
  db: Db,
  { where, before, limit }: { where: RawBuilder<unknown>; before: number | null; limit: number },
): Promise<NamedActivity[]> {
  const cut = before === null ? sql`` : sql`and activity.id < ${before}`;
  const query = sql<NamedActivity>`
    select activity.*, buckets.name as bucket_name, owner.name as bucket_namespace, plans.title as plan_title,
      people.name as user_name, people.full_name as user_full_name
    from activity
    left join buckets on buckets.id = activity.bucket_id
    left join namespaces as owner on owner.id = buckets.namespace_id
    left join plans on plans.id = activity.plan_id
    left join namespaces as people on people.id = activity.user_id
    where ${where} ${cut} order by activity.id desc limit ${limit}`;
  return (await query.execute(db)).rows;
}

export type WebhookRow = Selectable<WebhooksTable>;

export function listWebhooks(db: Db, bucketId: number): Promise<WebhookRow[]> {
  return db.selectFrom("webhooks").selectAll().where("bucket_id", "=", bucketId).orderBy("id").execute();
}

export interface DueDelivery extends Selectable<WebhookDeliveriesTable> {
  url: string;
  secret: string;
}

/** Deliveries whose time has come, the longest waiting first. */
export async function listDueDeliveries(db: Db, now: number, limit: number): Promise<DueDelivery[]> {
  const query = sql<DueDelivery>`
    select webhook_deliveries.*, webhooks.url, webhooks.secret
    from webhook_deliveries cross join webhooks on webhooks.id = webhook_deliveries.webhook_id
    where webhook_deliveries.next_at <= ${now} order by webhook_deliveries.next_at limit ${limit}`;
  return (await query.execute(db)).rows;
}

/** What came of a try: `again` is when to try next, null when it is over. */
export async function settleDelivery(
  tx: Db,
  { id, webhook_id }: Pick<DueDelivery, "id" | "webhook_id">,
  { at, status, message, again }: { at: number; status: number; message: string; again: number | null },
): Promise<void> {
  await tx
    .updateTable("webhooks")
    .set({ last_at: at, last_status: status, last_message: message })
    .where("id", "=", webhook_id)
    .execute();
  if (again === null) await tx.deleteFrom("webhook_deliveries").where("id", "=", id).execute();
  else {
    await tx
      .updateTable("webhook_deliveries")
      .set((row) => ({ attempts: row("attempts", "+", 1), next_at: again }))
      .where("id", "=", id)
      .execute();
  }
}
