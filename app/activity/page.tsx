import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import { ActivityList } from "#components/activity/activity-list.tsx";
import { Hydrate } from "#components/hydrate.tsx";
import { Card } from "#components/ui/card.tsx";
import { ACTIVITY_PAGE, activityQuery, parseActivityGroup } from "#lib/browser/queries/activity.ts";
import { pageActor, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: "Activity" };

interface ActivityPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** What happened in all the buckets that the reader belongs to. */
export default async function ActivityPage({ searchParams }: ActivityPageProps) {
  const actor = await pageActor();
  if (actor.account === null) redirect("/sign-in?next=/activity");
  if (services().hub.kind === "upstream") notFound();
  const group = parseActivityGroup([(await searchParams).kind].flat()[0]);
  const page = await pageRead("/activity", () =>
    services().plans.listActivity(actor, { limit: ACTIVITY_PAGE, types: group?.types.slice() }),
  );
  return (
    <main id="content" className="mx-auto grid max-w-[1100px] gap-3 pt-4 pb-24 sm:px-6">
      <h1 className="font-semibold text-title max-sm:px-4">Activity</h1>
      <Card aria-label="Activity" className="max-sm:rounded-none max-sm:border-x-0">
        <Hydrate
          queryKey={activityQuery(null, group).queryKey}
          data={{ pages: [page], pageParams: [null] }}
          at={Date.now()}
        >
          <ActivityList bucket={null} />
        </Hydrate>
      </Card>
    </main>
  );
}
