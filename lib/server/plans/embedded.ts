/** The plan service on the embedded Hub, put together of its verbs. */
import type { Dedup } from "../dedup/dedup.ts";
import type { EmbeddedHub } from "../hub/embedded.ts";
import { createActivityVerbs } from "./activity.ts";
import { createCommentVerbs } from "./comments.ts";
import { createCompareVerbs } from "./compare.ts";
import { computePlan } from "./compute.ts";
import type { PlansContext } from "./context.ts";
import { createDecisionVerbs } from "./decide.ts";
import { getPlanDetails } from "./details.ts";
import { createFileVerbs } from "./files.ts";
import { createGlanceVerbs } from "./glance.ts";
import type { Guard } from "./guard.ts";
import { createListVerbs } from "./list.ts";
import { createOperationVerbs } from "./operations.ts";
import type { Plans } from "./plans.ts";
import { rebasePlan } from "./rebase.ts";
import { revertPlan } from "./revert.ts";
import { createRulesVerbs } from "./rules.ts";
import { createRunner } from "./run.ts";
import { submitPlan } from "./submit.ts";
import { createSweeper } from "./sweep.ts";
import { createWebhookSender, createWebhookVerbs } from "./webhooks.ts";
import { createWeighVerbs } from "./weigh.ts";

export interface EmbeddedPlansOptions extends Omit<PlansContext, "sweeper" | "hub"> {
  hub: EmbeddedHub;
  guard: Guard;
  dedup: Pick<Dedup, "weighPlan">;
  /** Webhooks may go to private addresses: this server listens on its own machine only. */
  allowPrivateWebhooks: boolean;
}

export interface EmbeddedPlans extends Plans {
  /** Takes up what an earlier process left: half-read plans go, runs go on. */
  resume(): Promise<void>;
  /** Resolves when no run is under way and nothing of refused plans is left. */
  idle(): Promise<void>;
  close(): Promise<void>;
}

export function createPlans({
  hub,
  guard,
  dedup,
  allowPrivateWebhooks,
  ...given
}: EmbeddedPlansOptions): EmbeddedPlans {
  const context = { ...given, hub, sweeper: createSweeper(given) };
  const runner = createRunner({ ...context, guard });
  const webhooks = { allowPrivate: allowPrivateWebhooks };
  const sender = createWebhookSender(context, webhooks);
  return {
    ...createListVerbs(context),
    ...createOperationVerbs(context),
    ...createGlanceVerbs(context),
    ...createRulesVerbs(context),
    ...createActivityVerbs(context),
    ...createDecisionVerbs(context),
    ...createCommentVerbs(context),
    ...createFileVerbs(context),
    ...createWeighVerbs(context, dedup),
    ...createCompareVerbs(context),
    ...createWebhookVerbs(context, webhooks),
    submit: async (actor, options) => getPlanDetails(context, actor, await submitPlan(context, actor, options)),
    get: (actor, id) => getPlanDetails(context, actor, id),
    compute: async (actor, options) => getPlanDetails(context, actor, await computePlan(context, actor, options)),
    async rebase(actor, id) {
      await rebasePlan(context, actor, id);
      return getPlanDetails(context, actor, id);
    },
    revert: async (actor, id) => getPlanDetails(context, actor, await revertPlan(context, actor, id)),
    startRun: runner.startRun,
    cancelRun: runner.cancelRun,

    async resume() {
      await context.sweeper.resume();
      await runner.resume();
    },
    async idle() {
      await runner.idle();
      await context.sweeper.idle();
    },
    async close() {
      await runner.stop();
      await context.sweeper.stop();
      await sender.close();
    },
  };
}
