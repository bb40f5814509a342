import { notFound, redirect } from "next/navigation";
import { cache } from "react";
import type { PlanDetails } from "#lib/core/plan/plan.ts";
import { pageActor, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketIdOf } from "../../../../../../buckets/[namespace]/[bucket]/bucket.ts";

export interface PlanParams extends BucketParams {
  plan: string;
}

export type PageActor = Awaited<ReturnType<typeof pageActor>>;

/** Page and title of one request ask once. */
const details = cache(async (id: number) => services().plans.get(await pageActor(), id));

/** The plan for a page; `rest` is the page's address below the plan's. A plan whose bucket was renamed has a new address. */
export async function planForPage(params: PlanParams, rest = ""): Promise<{ actor: PageActor; plan: PlanDetails }> {
  const bucket = bucketIdOf(params);
  const id = /^[1-9]\d{0,15}$/.test(params.plan) ? Number(params.plan) : null;
  if (id === null) notFound();
  return pageRead(`/buckets/${bucket}/plans/${id}${rest}`, async () => {
    const plan = await details(id);
    if (plan.bucket !== bucket) redirect(`/buckets/${plan.bucket}/plans/${id}${rest}`);
    return { actor: await pageActor(), plan };
  });
}

/** The title of the page, where there is one. */
export async function planTitle(params: PlanParams): Promise<string> {
  const plan = await details(Number(params.plan)).catch(() => null);
  return plan === null ? "Plan" : `${plan.title} #${plan.id}`;
}
