/** What happened, newest first: of a plan, of a bucket, or of every bucket that the actor belongs to. */
import { sql } from "kysely";
import type { Activity } from "#lib/core/plan/plan.ts";
import { findNamespace, nameKey } from "../db/accounts.ts";
import { listActivity, type NamedActivity } from "../db/activity.ts";
import { grant, inScope, ownNamespaces, signInFirst } from "../hub/access.ts";
import { formatCursor, parseCursor } from "../hub/cursor.ts";
import { grantPlan, type PlansContext, toDoer } from "./context.ts";
import type { Plans } from "./plans.ts";

const TAG = "activity";

export function createActivityVerbs({ db }: PlansContext): Pick<Plans, "listActivity"> {
  return {
    async listActivity(actor, { bucket, plan, types = [], by, limit, cursor }) {
      const before = cursor === undefined ? null : (parseCursor(cursor, TAG, ["number"])[0] as number);
      const parts = [await conditionOf()];
      if (types.length > 0) {
        // "0" is the character after "/", and "/" the one after ".": the range holds what begins with the word and a dot.
        const one = (type: string) =>
          sql`(activity.type = ${type} or (activity.type > ${`${type}.`} and activity.type < ${`${type}/`}))`;
        parts.push(sql`(${sql.join(types.map(one), sql` or `)})`);
      }
      if (by !== undefined) {
        const person = await findNamespace(db.read, by);
        parts.push(person === undefined ? sql`0` : sql`activity.user_id = ${person.id}`);
      }
      const where = sql.join(parts, sql` and `);
      const rows = await listActivity(db.read, { where, before, limit: limit + 1 });
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      return {
        items: items.map(toActivity),
        cursor: rows.length > limit && last !== undefined ? formatCursor(TAG, [last.id]) : null,
      };

      async function conditionOf() {
        if (plan !== undefined) {
          const granted = await grantPlan(db.read, actor, plan);
          return sql`activity.plan_id = ${granted.plan.id}`;
        }
        if (bucket !== undefined) {
          const granted = await grant(db.read, actor, bucket, "read");
          return sql`activity.bucket_id = ${granted.bucket.id}`;
        }
        if (actor.account === null) throw signInFirst();
        const own = (await ownNamespaces(db.read, actor)).filter((row) => inScope(actor, row.name, null));
        if (own.length === 0) return sql`0`;
        const named = actor.scope?.bucket ? sql`and buckets.name_key = ${nameKey(actor.scope.bucket)}` : sql``;
        return sql`buckets.namespace_id in (${sql.join(own.map(({ id }) => id))}) ${named}`;
      }
    },
  };
}

export function toActivity(row: NamedActivity): Activity {
  const gone = row.bucket_namespace === null || row.bucket_namespace === "~";
  return {
    id: row.id,
    at: row.created_at,
    by: row.user_id === null ? null : toDoer(row),
    // A deleted bucket keeps its lines, and the name that its last line says.
    bucket: gone ? "" : `${row.bucket_namespace}/${row.bucket_name}`,
    plan: row.plan_id === null ? null : { id: row.plan_id, title: row.plan_title ?? "" },
    type: row.type,
    details: JSON.parse(row.details) as Record<string, unknown>,
  };
}
