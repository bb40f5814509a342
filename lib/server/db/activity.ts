/** A bucket's memory: one row a step, written in the transaction of the step. */
import type { Insertable, Kysely } from "kysely";
import type { ActivityTable, Tables } from "./schema.ts";

/** Who did it, as the row has it. */
export type ActivityDoer = Pick<Insertable<ActivityTable>, "user_id" | "token_label" | "agent">;

export interface NewActivity extends ActivityDoer {
  bucket_id: number;
  plan_id?: number | null;
  type: string;
  details: Record<string, unknown>;
  created_at: number;
}

export async function insertActivity(tx: Kysely<Tables>, { details, ...row }: NewActivity): Promise<void> {
  await tx
    .insertInto("activity")
    .values({ plan_id: null, ...row, details: JSON.stringify(details) })
    .execute();
}
