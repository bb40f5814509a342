/** What headers and lists of buckets say of plans and rules at a glance. */
import { formatBucketId } from "#lib/core/bucket/id.ts";
import { findRole } from "../db/accounts.ts";
import { countOpenPlans, listRuled } from "../db/plan-glance.ts";
import { atLeast, grant, readableBuckets } from "../hub/access.ts";
import { mayPropose, type PlansContext } from "./context.ts";
import type { Plans } from "./plans.ts";
import { parseRules } from "./rules.ts";

export function createGlanceVerbs({ db }: PlansContext): Pick<Plans, "listProtected" | "glance"> {
  return {
    async listProtected(actor) {
      const ruled = await listRuled(db.read, await readableBuckets(db.read, actor));
      return ruled
        .filter(({ rules }) => parseRules(rules).protect.length > 0)
        .map(({ namespace, name }) => formatBucketId(namespace, name));
    },

    async glance(actor, id) {
      const { bucket, level } = await grant(db.read, actor, id, "read");
      const [ruled] = await listRuled(db.read, bucket.id);
      const { account } = actor;
      const role = account === null ? undefined : await findRole(db.read, bucket.namespace_id, account.id);
      return {
        protect: parseRules(ruled?.rules).protect,
        open: await countOpenPlans(db.read, bucket.id),
        mayRule: atLeast(level, "admin"),
        mayPropose: mayPropose(actor, bucket, role),
      };
    },
  };
}
