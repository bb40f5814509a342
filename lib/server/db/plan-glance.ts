/** Few rows that many pages show: which buckets have rules, how many plans are under way. */
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Tables } from "./schema.ts";

export interface RuledBucket {
  namespace: string;
  name: string;
  /** JSON: ReviewRules. */
  rules: string;
}

/** Buckets that have rules of their own, among one (by its id) or those of a condition on `buckets`. */
export async function listRuled(db: Kysely<Tables>, among: number | RawBuilder<unknown>): Promise<RuledBucket[]> {
  const which = typeof among === "number" ? sql`bucket_rules.bucket_id = ${among}` : among;
  const query = sql<RuledBucket>`
    select namespaces.name as namespace, buckets.name as name, bucket_rules.rules as rules
    from bucket_rules
    cross join buckets on buckets.id = bucket_rules.bucket_id
    cross join namespaces on namespaces.id = buckets.namespace_id
    where ${which}`;
  return (await query.execute(db)).rows;
}

/** Plans that still wait for something: a decision, a run, a mending. */
export async function countOpenPlans(db: Kysely<Tables>, bucketId: number): Promise<number> {
  const query = sql<{ count: number }>`
    select count(*) as count from plans
    where bucket_id = ${bucketId} and status in ('open', 'changes-requested', 'approved', 'running', 'failed')`;
  return (await query.execute(db)).rows[0]?.count ?? 0;
}
