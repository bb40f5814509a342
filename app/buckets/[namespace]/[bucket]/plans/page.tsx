import { GitPullRequestArrow, Plus } from "lucide-react";
import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { Hydrate } from "#components/hydrate.tsx";
import { EmptyPlans } from "#components/plan-list/empty-plans.tsx";
import { PlanList } from "#components/plan-list/plan-list.tsx";
import { TerminalCard } from "#components/plan-list/terminal-card.tsx";
import { RulesCard } from "#components/rules/rules-card.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { Card, CardHead } from "#components/ui/card.tsx";

import { PLANS_PAGE, plansQuery } from "#lib/browser/queries/plans.ts";
import { formatHandle } from "#lib/core/bucket/id.ts";
import { pageOrigin, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketForPage, bucketIdOf } from "../bucket.ts";

interface BucketPlansPageProps {
  params: Promise<BucketParams>;
}

export async function generateMetadata({ params }: BucketPlansPageProps): Promise<Metadata> {
  return { title: `Plans · ${bucketIdOf(await params)}` };
}

/** The plans of one bucket, and what it demands of them. */
export default async function BucketPlansPage({ params }: BucketPlansPageProps) {
  const id = bucketIdOf(await params);
  const { actor } = await bucketForPage(id, "/plans");
  if (services().hub.kind === "upstream") notFound();
  const { plans } = services();
  const view = { box: "all", bucket: id } as const;
  const [page, rules, { mayRule }] = await pageRead(`/buckets/${id}/plans`, () =>
    Promise.all([
      plans.list(actor, { ...view, limit: PLANS_PAGE }),
      plans.getRules(actor, id),
      plans.glance(actor, id),
    ]),
  );
  const origin = await pageOrigin();
  const handle = formatHandle(id);
  const submit = `/plans/new?bucket=${encodeURIComponent(id)}`;
  return (
    <main id="content" className="mx-auto max-w-[1600px] pb-24 sm:px-6 sm:pt-4">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 sm:gap-5 xl:grid-cols-[minmax(0,1fr)_316px]">
        <Card aria-label="Plans" className="overflow-clip max-sm:rounded-none max-sm:border-x-0">
          <CardHead title="Plans" icon={<GitPullRequestArrow aria-hidden strokeWidth={1.75} />}>
            <ButtonLink variant="primary" href={submit} prefetch={false}>
              <Plus />
              Submit a plan
            </ButtonLink>
          </CardHead>
          <Hydrate queryKey={plansQuery(view).queryKey} data={{ pages: [page], pageParams: [null] }} at={Date.now()}>
            <PlanList
              view={view}
              empty={
                <EmptyPlans
                  icon={<GitPullRequestArrow />}
                  title="No plan was submitted for this bucket yet"
                  note="A plan says what a sync would do before it does it. It is seen, discussed, approved in part or in whole, and run."
                  origin={origin}
                  handle={handle}
                  href={submit}
                />
              }
            />
          </Hydrate>
        </Card>
        <aside
          aria-label="About plans of this bucket"
          className="grid grid-cols-[minmax(0,1fr)] gap-4 max-sm:px-4 max-xl:sm:grid-cols-2"
        >
          <RulesCard id={id} rules={rules} admin={mayRule} />
          {page.items.length > 0 && (
            <TerminalCard
              title="From a terminal"
              note="The client writes what a sync would do; this server keeps it for review."
              origin={origin}
              handle={handle}
            />
          )}
        </aside>
      </div>
    </main>
  );
}
