import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { Hydrate } from "#components/hydrate.tsx";
import { Inbox } from "#components/plan-list/inbox.tsx";
import { TerminalCard } from "#components/plan-list/terminal-card.tsx";
import { PLANS_PAGE, parsePlanBox, plansQuery, waitingQuery } from "#lib/browser/queries/plans.ts";
import { pageActor, pageOrigin, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { NoPlansHere } from "./no-plans-here.tsx";

export const metadata: Metadata = { title: "Plans" };

interface PlansPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** The inbox: plans that wait for the reader, the reader's own, all. */
export default async function PlansPage({ searchParams }: PlansPageProps) {
  const actor = await pageActor();
  if (actor.account === null) redirect("/sign-in?next=/plans");
  if (services().hub.kind === "upstream") return <NoPlansHere />;
  const box = parsePlanBox([(await searchParams).box].flat()[0]) ?? "waiting";
  const { plans } = services();
  const [page, count] = await pageRead("/plans", () =>
    Promise.all([plans.list(actor, { box, limit: PLANS_PAGE }), plans.countWaiting(actor)]),
  );
  const origin = await pageOrigin();
  const at = Date.now();
  return (
    <main id="content" className="mx-auto max-w-[1600px] pt-4 pb-24 sm:px-6">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 xl:grid-cols-[minmax(0,1fr)_344px]">
        <div className="grid min-w-0 grid-cols-[minmax(0,1fr)] gap-3">
          <Hydrate queryKey={waitingQuery().queryKey} data={count} at={at}>
            <Hydrate queryKey={plansQuery({ box }).queryKey} data={{ pages: [page], pageParams: [null] }} at={at}>
              <Inbox origin={origin} />
            </Hydrate>
          </Hydrate>
        </div>
        <aside aria-label="Clients" className="max-sm:px-4 xl:pt-[42px]">
          <TerminalCard
            title="From a terminal"
            note="The client writes what a sync would do; this server keeps it for review. Nothing moves yet."
            origin={origin}
          />
        </aside>
      </div>
    </main>
  );
}
