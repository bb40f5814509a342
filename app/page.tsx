import { Plus } from "lucide-react";
import type { Metadata } from "next";
import { redirect } from "next/navigation";
import type { CSSProperties, ReactNode } from "react";
import { LatelyCard } from "#components/activity/lately-card.tsx";
import { BucketList, type NamespaceBand } from "#components/bucket/bucket-list.tsx";
import { SnippetCard } from "#components/bucket/snippet-card.tsx";
import { accountSnippets, connectLines } from "#components/bucket/snippets.ts";
import { AsOf } from "#components/dedup/as-of.tsx";
import { WhilePending } from "#components/dedup/while-pending.tsx";
import { WaitingCard } from "#components/plan-list/waiting-card.tsx";
import { RunningCard } from "#components/plan-run/running-card.tsx";
import { BarrelScene } from "#components/shell/barrel.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { Bytes } from "#components/ui/size.tsx";
import { Time } from "#components/ui/time.tsx";
import type { StoreFigures } from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import type { BucketInfo, Page } from "#lib/core/bucket/entry.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import { pageActor, pageOrigin, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: { absolute: "Buckets · Cooperage" } };

const PAGE = 1000;
/** More than anyone reads in one table; the filter and the sums say so when it is reached. */
const BUCKETS_MAX = 5000;

/** The buckets one may see, by namespace. */
export default async function HomePage() {
  const actor = await pageActor();
  if (actor.account === null) redirect("/sign-in");
  const account = actor.account;
  const { hub } = services();
  const [namespaces, { buckets, more }, review, store] = await pageRead("/", () =>
    Promise.all([
      hub.listNamespaces(actor),
      readBuckets((cursor) => hub.listBuckets(actor, { sort: "updated", direction: "desc", limit: PAGE, cursor })),
      readReview(actor),
      readStore(actor),
    ]),
  );
  const bands: NamespaceBand[] = namespaces.map(({ name, fullName, type, role }) => ({
    name,
    fullName,
    type,
    own: name === account.name,
    write: role === "write" || role === "admin",
  }));
  const origin = await pageOrigin();
  return (
    <main id="content" className="mx-auto max-w-[1600px] pt-4 pb-24 sm:px-6">
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 xl:grid-cols-[minmax(0,1fr)_344px]">
        {buckets.length === 0 ? (
          <NoBuckets />
        ) : (
          <BucketList
            namespaces={bands}
            buckets={buckets}
            more={more}
            shielded={review?.shielded ?? []}
            store={store}
            totals={<Totals buckets={buckets} more={more} store={store} />}
          />
        )}
        <aside
          aria-label="Plans and clients"
          className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 max-sm:px-4 max-xl:md:grid-cols-2 xl:pt-[42px]"
        >
          {review !== null && (
            <>
              <WaitingCard plans={review.waiting} count={review.count} />
              <RunningCard plans={review.running} />
              {review.lately.length > 0 && <LatelyCard steps={review.lately} />}
            </>
          )}
          <SnippetCard
            title="From a terminal"
            set={accountSnippets(account.name, origin)}
            first={{ title: "Point the client here", text: connectLines(origin) }}
          />
        </aside>
      </div>
    </main>
  );
}

/** Of lists that stand beside the buckets. */
const WAITING_SHOWN = 3;
const RUNNING_LOOKED = 50;
const LATELY_SHOWN = 5;

/** What stands beside the buckets; null where plans are not reviewed. */
async function readReview(actor: Awaited<ReturnType<typeof pageActor>>) {
  const { hub, plans } = services();
  if (hub.kind === "upstream") return null;
  const [waiting, count, newest, lately, shielded] = await Promise.all([
    plans.list(actor, { box: "waiting", limit: WAITING_SHOWN }),
    plans.countWaiting(actor),
    plans.list(actor, { box: "all", limit: RUNNING_LOOKED }),
    plans.listActivity(actor, { limit: LATELY_SHOWN }),
    plans.listProtected(actor),
  ]);
  const running = newest.items
    .filter(({ status }) => status === "running")
    .map(({ id, title, bucket }) => ({ id, title, bucket }));
  return { waiting: waiting.items, count, running, lately: lately.items, shielded };
}

/** What deduplication made of them all; null where there are no figures. Never the reason that the page fails. */
async function readStore(actor: Awaited<ReturnType<typeof pageActor>>) {
  const { hub, dedup } = services();
  if (hub.kind === "upstream") return null;
  return dedup.store(actor, {}).catch(() => null);
}

async function readBuckets(read: (cursor?: string) => Promise<Page<BucketInfo>>) {
  const buckets: BucketInfo[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<BucketInfo> = await read(cursor ?? undefined);
    buckets.push(...page.items);
    cursor = page.cursor;
  } while (cursor !== null && buckets.length < BUCKETS_MAX);
  return { buckets, more: cursor !== null };
}

interface TotalsProps {
  buckets: BucketInfo[];
  more: boolean;
  store: StoreFigures | null;
}

function Totals({ buckets, more, store }: TotalsProps) {
  const open = buckets.filter((bucket) => bucket.visibility === "public").length;
  const newest = buckets.reduce((best, bucket) => (bucket.updatedAt > best.updatedAt ? bucket : best));
  const files = buckets.reduce((total, bucket) => total + bucket.files, 0);
  const logical = buckets.reduce((total, bucket) => total + bucket.size, 0);
  const stats: { name: string; value: ReactNode; note: ReactNode; title?: string; look?: string }[] = [
    {
      name: "Logical",
      value: <Bytes bytes={logical} />,
      note: more
        ? "in the buckets listed"
        : store === null
          ? "the sum of file sizes"
          : plural(buckets.length, "bucket"),
    },
    { name: "Files", value: formatCount(files), note: `${formatCount(files / buckets.length)} a bucket on average` },
    ...(store === null
      ? [
          {
            name: "Buckets",
            value: formatCount(buckets.length),
            note: `${formatCount(buckets.length - open)} private, ${formatCount(open)} public`,
          },
        ]
      : []),
    { name: "Last change", value: <Time value={newest.updatedAt} />, note: newest.id, title: newest.id },
  ];
  if (store !== null) {
    const { figures } = store;
    const saved = figures.logical - figures.stored;
    stats.splice(
      1,
      0,
      { name: "Stored", value: <Bytes bytes={figures.stored} />, note: <AsOf of={store} /> },
      {
        name: "Saving",
        value: formatPercent(savingPercents(figures).total),
        look: "text-accent-ink",
        note:
          saved > 0 ? (
            <>
              <Bytes bytes={saved} /> not stored
            </>
          ) : (
            "nothing saved yet"
          ),
        title: "After deduplication, over all these buckets, and compression",
      },
    );
  }
  return (
    <dl
      className="grid grid-cols-2 overflow-clip border-line bg-line max-sm:border-y sm:rounded-card sm:border lg:grid-cols-[repeat(var(--stats),minmax(0,1fr))] gap-px"
      style={{ "--stats": stats.length } as CSSProperties}
    >
      {stats.map(({ name, value, note, title, look = "" }) => (
        <div key={name} className="flex min-w-0 flex-col bg-panel px-4 py-3 max-lg:last:odd:col-span-2">
          <dt className="text-muted text-secondary">{name}</dt>
          <dd className={`truncate font-semibold text-stat ${look}`}>{value}</dd>
          <dd className="truncate text-muted text-secondary" title={title}>
            {note}
          </dd>
        </div>
      ))}
      {store?.pending && <WhilePending />}
    </dl>
  );
}

function NoBuckets() {
  return (
    <section
      aria-labelledby="no-buckets"
      className="flex min-h-[420px] flex-col items-center justify-center gap-2 rounded-card border border-accent-line border-dashed bg-accent-soft/45 px-6 py-10 text-center max-sm:mx-4"
    >
      <BarrelScene className="mb-4 w-32" />
      <h1 id="no-buckets" className="font-semibold text-title">
        Make the first bucket
      </h1>
      <p className="max-w-[46ch] text-muted text-prose">
        A bucket holds checkpoints, shards, logs and traces under one name. Every client of the Hub can write to it.
      </p>
      <ButtonLink variant="primary" size="large" href="/new-bucket" prefetch={false} className="mt-4">
        <Plus />
        New bucket
      </ButtonLink>
    </section>
  );
}
