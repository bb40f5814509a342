"use client";

import { useQuery } from "@tanstack/react-query";
import { Layers } from "lucide-react";
import { lazy, type ReactNode } from "react";
import { dedupCheckpointsQuery, dedupHistoryQuery, dedupQuery, storeQuery } from "#lib/browser/queries/dedup.ts";
import type { PriceList } from "#lib/core/bucket/dedup/cost.ts";
import type { Visibility } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { ChartCard } from "../chart/chart-card.tsx";
import { Near } from "../chart/near.tsx";
import { ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Switch } from "../ui/switch.tsx";
import { barsOf, checkpointTable } from "./checkpoint-data.ts";
import { CostCard } from "./cost-card.tsx";
import { FoldersCard } from "./folders-card.tsx";
import { historyTable } from "./history-data.ts";
import { PricesProvider } from "./prices.tsx";
import { fileNameOf, useNote } from "./saved-name.ts";
import { VerdictCard } from "./verdict-card.tsx";
import { useDedupView } from "./view.ts";

const NamespaceBuckets = lazy(() =>
  import("./namespace-buckets.tsx").then((module) => ({ default: module.NamespaceBuckets })),
);
const SharingMatrix = lazy(() => import("./sharing-matrix.tsx").then((module) => ({ default: module.SharingMatrix })));
const CheckpointChart = lazy(() =>
  import("./checkpoint-chart.tsx").then((module) => ({ default: module.CheckpointChart })),
);
const HistoryChart = lazy(() => import("./history-chart.tsx").then((module) => ({ default: module.HistoryChart })));
const RankedFiles = lazy(() => import("./ranked-files.tsx").then((module) => ({ default: module.RankedFiles })));

interface DedupDeskProps {
  id: BucketId;
  visibility: Visibility;
  /** The reader's own price tiers; null: the list's. */
  prices: PriceList | null;
  rights: { write: boolean; propose: boolean };
}

/** What deduplication saved in one bucket, where, and what a deletion would free. */
export function DedupDesk({ id, visibility, prices, rights }: DedupDeskProps) {
  const bucket = useQuery(dedupQuery(id));
  const { data } = bucket;
  if (data === undefined) {
    return bucket.error ? (
      <div className="max-sm:p-4">
        <ErrorNotice
          title="The figures of this bucket could not be read"
          error={bucket.error}
          kept="The files are not touched; only their figures are missing."
          onRetry={() => bucket.refetch()}
        />
      </div>
    ) : (
      <div aria-hidden className="grid gap-4 sm:gap-5 xl:grid-cols-[minmax(0,1fr)_316px]">
        {["verdict", "cost"].map((box) => (
          <Card key={box} className="p-5 max-sm:rounded-none max-sm:border-x-0">
            <div className="skeleton h-56" />
          </Card>
        ))}
      </div>
    );
  }
  const waiting = data.waiting !== null && data.waiting.bytes > 0;
  if (data.figures.files === 0 && !waiting) return <Nothing id={id} pending={data.pending} />;
  return (
    <PricesProvider initial={prices} visibility={visibility}>
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:gap-5">
        <Head id={id} />
        {data.figures.files > 0 && (
          <>
            <Charts id={id} />
            <FoldersCard id={id} stored={data.figures.stored} rights={rights} />
            <Near height={360}>
              <RankedFiles id={id} />
            </Near>
          </>
        )}
      </div>
    </PricesProvider>
  );
}

/** Verdict and cost, of the bucket or of all its namespace. */
function Head({ id }: { id: BucketId }) {
  const { view, show } = useDedupView();
  const namespace = id.slice(0, id.indexOf("/"));
  const wide = view.scope === "namespace";
  const bucket = useQuery(dedupQuery(id));
  const store = useQuery({ ...storeQuery(namespace), enabled: wide });
  const shown = wide && store.data ? store.data : bucket.data!;
  const scopeSwitch = (
    <Switch
      label="Figures of"
      options={[
        { value: "bucket", name: "This bucket" },
        { value: "namespace", name: namespace },
      ]}
      value={view.scope}
      onChange={(scope) => show({ scope })}
    />
  );
  const failed = wide ? store : bucket;
  return (
    <>
      {failed.error && (
        <ErrorNotice
          title={
            wide && !store.data
              ? `The figures of ${namespace} could not be read`
              : "The figures could not be read again"
          }
          error={failed.error}
          kept={wide && !store.data ? "The bucket's own are shown." : "What was read before is still shown."}
          onRetry={() => failed.refetch()}
        />
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:gap-5 xl:grid-cols-[minmax(0,1fr)_316px]">
        <VerdictCard
          figures={shown.figures}
          of={shown}
          scope={shown === bucket.data ? "this bucket" : namespace}
          sharedWith={"sharedWith" in shown ? shown.sharedWith : []}
          waiting={"waiting" in shown ? shown.waiting : null}
          scopeSwitch={scopeSwitch}
        />
        <CostCard id={id} figures={shown.figures} namespace={shown !== bucket.data} />
      </div>
      {wide && store.data && (
        <Near height={120}>
          <NamespaceBuckets namespace={namespace} buckets={store.data.buckets} />
        </Near>
      )}
    </>
  );
}

/** Sharing, new bytes and history; without checkpoints the history takes their place. */
function Charts({ id }: { id: BucketId }) {
  const checkpoints = useQuery(dedupCheckpointsQuery(id));
  const runs = checkpoints.data?.runs ?? [];
  const bars = barsOf({ runs });
  const note = useNote(id, checkpoints.data?.asOf ?? 0);
  return (
    <>
      {checkpoints.error && !checkpoints.data && (
        <ErrorNotice
          title="The checkpoints could not be read"
          error={checkpoints.error}
          onRetry={() => checkpoints.refetch()}
        />
      )}
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4 sm:gap-5 lg:grid-cols-2 xl:grid-cols-[minmax(0,46fr)_minmax(0,54fr)]">
        <div id="sharing" className="grid min-w-0 scroll-mt-4 grid-cols-[minmax(0,1fr)]">
          <Near height={380}>
            {checkpoints.data || checkpoints.error ? (
              <SharingMatrix id={id} checkpoints={bars.length > 0} />
            ) : (
              <Card className="p-3.5 max-sm:rounded-none max-sm:border-x-0">
                <div className="skeleton h-80" />
              </Card>
            )}
          </Near>
        </div>
        {bars.length > 0 ? (
          <ChartCard
            title="New bytes per checkpoint"
            name={fileNameOf(id, "new-bytes")}
            note={note}
            data={checkpointTable(bars)}
            controls={
              <span className="flex gap-3 text-muted text-secondary">
                <Key look="bg-new">New</Key>
                <Key look="bg-logical">Already stored</Key>
              </span>
            }
          >
            <Near height={320}>
              <CheckpointChart runs={runs} earlier={checkpoints.data?.earlier ?? 0} />
            </Near>
          </ChartCard>
        ) : (
          <History id={id} />
        )}
      </div>
      {bars.length > 0 && <History id={id} />}
    </>
  );
}

function History({ id }: { id: BucketId }) {
  const history = useQuery(dedupHistoryQuery(id));
  const points = history.data?.points ?? [];
  const note = useNote(id, history.data?.asOf ?? 0);
  let body: ReactNode;
  if (history.error && !history.data) {
    body = (
      <div className="p-3.5">
        <ErrorNotice title="The history could not be read" error={history.error} onRetry={() => history.refetch()} />
      </div>
    );
  } else if (points.length === 0) {
    body = (
      <p className="px-3.5 pt-1 pb-5 text-muted max-sm:px-4">
        {history.isPending ? "Reading…" : "No point yet. Every sync adds one; of earlier days the last one is kept."}
      </p>
    );
  } else {
    body = (
      <Near height={320}>
        <HistoryChart points={points} />
      </Near>
    );
  }
  return (
    <ChartCard title="Over time" name={fileNameOf(id, "history")} note={note} data={historyTable(points)}>
      {body}
    </ChartCard>
  );
}

function Key({ look, children }: { look: string; children: string }) {
  return (
    <span className="inline-flex items-center gap-1.5">
      <span aria-hidden className={`size-2.5 rounded-[2px] ${look}`} />
      {children}
    </span>
  );
}

function Nothing({ id, pending }: { id: BucketId; pending: boolean }) {
  return (
    <Card
      aria-label="No figures yet"
      className="grid justify-items-start gap-2.5 p-6 max-sm:rounded-none max-sm:border-x-0"
    >
      <span aria-hidden className="flex size-10 items-center justify-center rounded-card border border-line text-muted">
        <Layers strokeWidth={1.75} className="size-5" />
      </span>
      <h2 className="font-semibold text-title">
        {pending ? "The first figures are being computed" : "Nothing stored yet"}
      </h2>
      <p className="max-w-[64ch] text-muted text-prose">
        {pending
          ? "They appear here by themselves, usually within a few seconds."
          : "Once files are in this bucket, this page says to the byte what deduplication and compression save, which folders share what, and what deleting any of them would free."}
      </p>
      {!pending && (
        <ButtonLink variant="primary" href={`/buckets/${id}`} prefetch={false} className="mt-1.5">
          Go to the files
        </ButtonLink>
      )}
    </Card>
  );
}
