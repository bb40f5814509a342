import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { ActivityList } from "#components/activity/activity-list.tsx";
import { Hydrate } from "#components/hydrate.tsx";
import { Card } from "#components/ui/card.tsx";
import { ACTIVITY_PAGE, activityQuery, parseActivityGroup } from "#lib/browser/queries/activity.ts";
import { pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketForPage, bucketIdOf } from "../bucket.ts";

interface BucketActivityPageProps {
  params: Promise<BucketParams>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: BucketActivityPageProps): Promise<Metadata> {
  return { title: `Activity · ${bucketIdOf(await params)}` };
}

/** Who did what in one bucket. */
export default async function BucketActivityPage({ params, searchParams }: BucketActivityPageProps) {
  const id = bucketIdOf(await params);
  const { actor } = await bucketForPage(id, "/activity");
  if (services().hub.kind === "upstream") notFound();
  const group = parseActivityGroup([(await searchParams).kind].flat()[0]);
  const page = await pageRead(`/buckets/${id}/activity`, () =>
    services().plans.listActivity(actor, { bucket: id, limit: ACTIVITY_PAGE, types: group?.types.slice() }),
  );
  return (
    <main id="content" className="mx-auto max-w-[1100px] pb-24 sm:px-6 sm:pt-4">
      <Card aria-label="Activity" className="max-sm:rounded-none max-sm:border-x-0">
        <Hydrate
          queryKey={activityQuery(id, group).queryKey}
          data={{ pages: [page], pageParams: [null] }}
          at={Date.now()}
        >
          <ActivityList bucket={id} />
        </Hydrate>
      </Card>
    </main>
  );
}
