import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { PlanCompare } from "#components/plan/review/plan-compare.tsx";
import type { Comparison } from "#lib/browser/queries/plan.ts";
import { pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type PlanParams, planForPage, planTitle } from "../plan.ts";

interface ComparePageProps {
  params: Promise<PlanParams>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: ComparePageProps): Promise<Metadata> {
  return { title: `Compare · ${await planTitle(await params)}` };
}

export default async function ComparePage({ params, searchParams }: ComparePageProps) {
  const { actor, plan } = await planForPage(await params, "/compare");
  const search = await searchParams;
  const read = (name: string) => {
    const text = [search[name]].flat()[0];
    return text !== undefined && /^[1-9]\d{0,15}$/.test(text) ? Number(text) : undefined;
  };
  const other = read("with");
  if (other !== undefined) {
    const { title } = await pageRead(`/buckets/${plan.bucket}/plans/${plan.id}/compare`, () =>
      services().plans.get(actor, other),
    );
    return <PlanCompare plan={plan} comparison={{ with: other }} other={title} />;
  }
  const to = read("to") ?? plan.version;
  const from = read("from") ?? to - 1;
  if (from < 1 || to > plan.version || from >= to) notFound();
  const comparison: Comparison = { from, to };
  return <PlanCompare plan={plan} comparison={comparison} other={null} />;
}
