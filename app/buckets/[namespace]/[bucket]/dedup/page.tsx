import type { Metadata } from "next";
import { cookies } from "next/headers";
import { notFound } from "next/navigation";
import type { ReactNode } from "react";
import { DedupDesk } from "#components/dedup/dedup-desk.tsx";
import { parseDedupOrder } from "#components/dedup/order.ts";
import { Hydrate } from "#components/hydrate.tsx";
import { PRICES_COOKIE } from "#lib/browser/price-preference.ts";
import { DEDUP_PAGE, dedupCheckpointsQuery, dedupEntriesQuery, dedupQuery } from "#lib/browser/queries/dedup.ts";
import { parsePrices } from "#lib/core/bucket/dedup/cost.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { isHubError } from "#lib/core/errors.ts";
import { pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketForPage, bucketIdOf } from "../bucket.ts";

interface DedupPageProps {
  params: Promise<BucketParams>;
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

export async function generateMetadata({ params }: DedupPageProps): Promise<Metadata> {
  return { title: `Dedup · ${bucketIdOf(await params)}` };
}

/** What deduplication saved in a bucket, and what a deletion would free. */
export default async function BucketDedupPage({ params, searchParams }: DedupPageProps) {
  const id = bucketIdOf(await params);
  const { actor, info, rights } = await bucketForPage(id, "/dedup");
  if (services().hub.kind === "upstream") notFound();
  const search = await searchParams;
  const order = parseDedupOrder((name) => [search[name]].flat()[0]);
  const jar = await cookies();
  return (
    <main id="content" className="mx-auto max-w-[1600px] pb-24 sm:px-6 sm:pt-4">
      <First id={id} read={() => readFirst(id, actor, order)} order={order}>
        <DedupDesk
          id={id}
          visibility={info.visibility}
          prices={parsePrices(jar.get(PRICES_COOKIE)?.value)}
          rights={{ write: rights.write, propose: actor.account !== null }}
        />
      </First>
    </main>
  );
}

type Order = ReturnType<typeof parseDedupOrder>;
type Actor = Awaited<ReturnType<typeof bucketForPage>>["actor"];

function readFirst(id: BucketId, actor: Actor, order: Order) {
  const { dedup } = services();
  return Promise.all([
    dedup.summary(actor, id, ""),
    dedup.listEntries(actor, id, { path: "", ...order, limit: DEDUP_PAGE }),
    dedup.checkpoints(actor, id),
  ]);
}

interface FirstProps {
  id: BucketId;
  order: Order;
  read: () => ReturnType<typeof readFirst>;
  children: ReactNode;
}

/** Hands the first figures over. While they can not be had the page stands all the same, says so, and asks again. */
async function First({ id, order, read, children }: FirstProps) {
  const found = await pageRead(`/buckets/${id}/dedup`, () =>
    read().catch((error) => {
      if (isHubError(error, "Unavailable")) return null;
      throw error;
    }),
  );
  if (found === null) return children;
  const [summary, page, checkpoints] = found;
  const at = Date.now();
  return (
    <Hydrate queryKey={dedupQuery(id).queryKey} data={summary} at={at}>
      <Hydrate
        queryKey={dedupEntriesQuery(id, "", order).queryKey}
        data={{ pages: [page], pageParams: [null] }}
        at={at}
      >
        <Hydrate queryKey={dedupCheckpointsQuery(id).queryKey} data={checkpoints} at={at}>
          {children}
        </Hydrate>
      </Hydrate>
    </Hydrate>
  );
}
