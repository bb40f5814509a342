import type { Metadata } from "next";
import { Hydrate } from "#components/hydrate.tsx";
import { PlanReview } from "#components/plan/review/plan-review.tsx";
import {
  FIRST_ROWS,
  parseReviewView,
  planQuery,
  type ReviewFilter,
  type ReviewView,
  shapeOf,
} from "#lib/browser/queries/plan.ts";
import type { Page } from "#lib/core/bucket/entry.ts";
import type { PlanRow } from "#lib/core/plan/plan.ts";
import { pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type PageActor, type PlanParams, planForPage, planTitle } from "./plan.ts";

interface PlanPageProps {
  params: Promise<PlanParams>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: PlanPageProps): Promise<Metadata> {
  return { title: await planTitle(await params) };
}

export default async function PlanPage({ params, searchParams }: PlanPageProps) {
  const { actor, plan } = await planForPage(await params);
  const search = await searchParams;
  const view = parseReviewView((name) => [search[name]].flat()[0]);
  const first = await pageRead(`/buckets/${plan.bucket}/plans/${plan.id}`, () => readFirst(actor, plan.id, view));
  return (
    <Hydrate queryKey={planQuery(plan.id).queryKey} data={plan} at={Date.now()}>
      <PlanReview key={plan.id} id={plan.id} me={actor.account?.name ?? null} first={first} />
    </Hydrate>
  );
}

/** Folders that are open when the page arrives: a chain of single folders, and the folders of a short plan. */
const OPEN_AT_FIRST = 6;

async function readFirst(actor: PageActor, id: number, view: ReviewView): Promise<[string, Page<PlanRow>][]> {
  const { plans } = services();
  const filter = serverFilter(view.filter);
  if (shapeOf(view) === "list") {
    return [["", await plans.listOperations(actor, id, { filter, limit: FIRST_ROWS })]];
  }
  const read = (folder: string) => plans.listTree(actor, id, { folder, limit: FIRST_ROWS, filter });
  const pages: [string, Page<PlanRow>][] = [["", await read("")]];
  let rows = pages[0]![1].items;
  while (rows.length === 1 && rows[0]!.type === "folder" && pages.length < OPEN_AT_FIRST) {
    const only = rows[0]!.path;
    const page = await read(only);
    pages.push([only, page]);
    rows = page.items;
  }
  const folders = rows.filter((row) => row.type === "folder");
  if (folders.length + pages.length <= OPEN_AT_FIRST) {
    const below = await Promise.all(folders.map((row) => read(row.path)));
    // A long folder stays shut, so that the next one is in sight.
    for (const [at, page] of below.entries()) if (page.items.length <= 24) pages.push([folders[at]!.path, page]);
  }
  return pages;
}

/** The address's filter in the service's words. */
function serverFilter({ kinds, findings, stale, failed, approved, min, match }: ReviewFilter) {
  return {
    ...(kinds.length > 0 && { kinds }),
    ...(findings > 0 && { findings }),
    ...(stale && { stale }),
    ...(failed && { failed }),
    ...(approved !== null && { approved }),
    ...(min > 0 && { minSize: min }),
    ...(match !== "" && { match }),
  };
}
