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
import { type BucketParams, bucketForPage, bucketIdOf, dedupForFrame, reviewForFrame } from "../bucket.ts";

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
  const [summary, review, [page, checkpoints]] = await Promise.all([
    dedupForFrame(id),
    reviewForFrame(id),
    readFirst(id, actor, order),
  ]);
  return (
    <main id="content" className="mx-auto max-w-[1600px] pb-24 sm:px-6 sm:pt-4">
      <First queryKey={dedupQuery(id).queryKey} data={summary}>
        <First
          queryKey={dedupEntriesQuery(id, "", order).queryKey}
          data={page && { pages: [page], pageParams: [null] }}
        >
          <First queryKey={dedupCheckpointsQuery(id).queryKey} data={checkpoints}>
            <DedupDesk
              id={id}
              visibility={info.visibility}
              prices={parsePrices(jar.get(PRICES_COOKIE)?.value)}
              rights={{ write: rights.write, propose: review?.mayPropose ?? false }}
            />
          </First>
        </First>
      </First>
    </main>
  );
}

type Order = ReturnType<typeof parseDedupOrder>;
type Actor = Awaited<ReturnType<typeof bucketForPage>>["actor"];

/** A part that can not be had is left out: the page stands all the same, asks again, and says in that part's place why not. */
const orNothing = <T,>(part: Promise<T>) =>
  part.catch((error: unknown) => {
    if (isHubError(error, "Unavailable") || isHubError(error, "Internal")) return null;
    throw error;
  });

function readFirst(id: BucketId, actor: Actor, order: Order) {
  const { dedup } = services();
  return pageRead(`/buckets/${id}/dedup`, () =>
    Promise.all([
      orNothing(dedup.listEntries(actor, id, { path: "", ...order, limit: DEDUP_PAGE })),
      orNothing(dedup.checkpoints(actor, id)),
    ]),
  );
}

interface FirstProps {
  queryKey: readonly unknown[];
  /** null: not had. */
  data: unknown;
  children: ReactNode;
}

function First({ queryKey, data, children }: FirstProps) {
  if (data === null) return children;
  return (
    <Hydrate queryKey={queryKey} data={data} at={Date.now()}>
      {children}
    </Hydrate>
  );
}
