/** What a bucket demands before something of it goes: read by everybody who sees it, changed by its admins. */

import type { Kysely } from "kysely";
import { z } from "zod";
import { isName } from "#lib/core/bucket/id.ts";
import { checkPrefix } from "#lib/core/bucket/path-rule.ts";
import { HubError } from "#lib/core/errors.ts";
import { DEFAULT_RULES, type ReviewRules } from "#lib/core/plan/plan.ts";
import { findNamespace } from "../db/accounts.ts";
import { recordActivity } from "../db/activity.ts";
import { findRules, upsertRules } from "../db/plans.ts";
import type { Tables } from "../db/schema.ts";
import { grant } from "../hub/access.ts";
import { doerColumns, type PlansContext } from "./context.ts";
import type { Plans } from "./plans.ts";

const LIST_MAX = 100;
const name = z.string().max(96).refine(isName, "a user name");
const folder = z.string().max(1024);
const YEAR = 366 * 24 * 3600 * 1000;

/** The wire form of rules, whole: what is left out is refused, so that nobody unprotects a bucket by a short body. */
export const rulesSchema: z.ZodType<ReviewRules> = z.strictObject({
  protect: z.array(folder).max(LIST_MAX),
  approvals: z.number().int().min(1).max(20),
  roles: z.array(z.enum(["write", "admin"])).max(2),
  people: z.array(name).max(LIST_MAX),
  owners: z
    .array(z.strictObject({ glob: z.string().min(1).max(1024), people: z.array(name).min(1).max(LIST_MAX) }))
    .max(LIST_MAX),
  expiresAfter: z.number().int().min(60_000).max(YEAR).nullable(),
  limits: z.strictObject({
    deleteShare: z.number().min(0).max(1).nullable(),
    deletes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable(),
    bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).nullable(),
  }),
  freeAdds: z.array(folder).max(LIST_MAX),
});

/** The rules of a bucket, by its row. */
export async function readRules(db: Kysely<Tables>, bucketId: number): Promise<ReviewRules> {
  return parseRules(await findRules(db, bucketId));
}

/** As kept in a row; none: the default ones. */
export function parseRules(kept: string | null | undefined): ReviewRules {
  return kept == null ? DEFAULT_RULES : { ...DEFAULT_RULES, ...(JSON.parse(kept) as ReviewRules) };
}

export function createRulesVerbs({ db, clock }: PlansContext): Pick<Plans, "getRules" | "setRules"> {
  return {
    async getRules(actor, id) {
      const { bucket } = await grant(db.read, actor, id, "read");
      return readRules(db.read, bucket.id);
    },

    setRules: (actor, id, given) =>
      db.write(async (tx) => {
        const { bucket } = await grant(tx, actor, id, "admin");
        const rules = await checkRules(tx, given);
        const before = await readRules(tx, bucket.id);
        const now = clock();
        await upsertRules(tx, { bucket_id: bucket.id, rules: JSON.stringify(rules), updated_at: now });
        await recordActivity(tx, {
          bucketId: bucket.id,
          planId: null,
          type: "rules.changed",
          doer: doerColumns(actor),
          details: { before, after: rules },
          at: now,
        });
        return rules;
      }),
  };
}

async function checkRules(db: Kysely<Tables>, given: ReviewRules): Promise<ReviewRules> {
  const rules: ReviewRules = {
    ...given,
    protect: [...new Set(given.protect.map(checkPrefix))],
    freeAdds: [...new Set(given.freeAdds.map(checkPrefix))],
    roles: [...new Set(given.roles)],
    people: [...new Set(given.people)],
  };
  if (rules.roles.length === 0 && rules.people.length === 0) {
    throw new HubError("BadRequest", "Somebody must be able to approve: name a role or a person.");
  }
  const names = new Set([...rules.people, ...rules.owners.flatMap(({ people }) => people)]);
  for (const one of names) {
    const row = await findNamespace(db, one);
    if (row?.type !== "user") throw new HubError("BadRequest", `There is no user '${one}'.`);
  }
  return rules;
}
