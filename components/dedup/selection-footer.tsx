"use client";

import { useQuery, useQueryClient } from "@tanstack/react-query";
import { GitPullRequestArrow, Grid2x2, Trash2, X } from "lucide-react";
import { lazy, Suspense, useRef, useState } from "react";
import { dedupKey, dedupSelectionQuery } from "#lib/browser/queries/dedup.ts";
import { formatMoney, monthlyCost } from "#lib/core/bucket/dedup/cost.ts";
import type { DedupEntry, DedupFigures, SelectionFigures } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Bytes } from "../ui/size.tsx";
import type { Picked } from "./picked.ts";
import { usePrices } from "./prices.tsx";
import { COMPARE_MAX, useDedupView } from "./view.ts";

const DeleteDialog = lazy(() =>
  import("../tree/delete-dialog.tsx").then((module) => ({ default: module.DeleteDialog })),
);
const ProposeDialog = lazy(() => import("./propose-dialog.tsx").then((module) => ({ default: module.ProposeDialog })));

interface SelectionFooterProps {
  id: BucketId;
  picked: Picked;
  /** Stored bytes of the whole bucket. */
  stored: number;
  rights: { write: boolean; propose: boolean };
}

/** What deleting the selection takes away, to the byte, and the two ways to do it. */
export function SelectionFooter({ id, picked, stored, rights }: SelectionFooterProps) {
  const client = useQueryClient();
  const { show } = useDedupView();
  const { entries, paths } = picked;
  const query = useQuery(dedupSelectionQuery(id, paths));
  const last = useRef<SelectionFigures | undefined>(undefined);
  last.current = query.data ?? last.current;
  const [acting, setActing] = useState<"delete" | "propose" | null>(null);
  const figures = query.data?.figures;
  return (
    <section
      aria-label="Selection"
      className="sticky bottom-0 z-20 flex min-h-11.5 flex-wrap items-center gap-x-4 gap-y-2 rounded-b-card border-accent-line border-t bg-accent-soft px-3.5 py-2 max-sm:px-4"
    >
      <p aria-live="polite" aria-busy={query.isFetching} className="mr-auto min-w-0">
        <strong className="font-semibold">{formatCount(entries.length)} selected</strong>
        {figures ? (
          <Words figures={figures} stored={stored} />
        ) : query.error ? null : (
          <span className="text-muted">: reckoning what deleting {entries.length === 1 ? "it" : "them"} frees…</span>
        )}
      </p>
      {query.error && (
        <ErrorNotice
          title="What this frees could not be reckoned"
          error={query.error}
          onRetry={() => query.refetch()}
        />
      )}
      <div className="flex flex-wrap items-center gap-2">
        {entries.length > 1 && entries.length <= COMPARE_MAX && (
          <Button
            onClick={() => {
              show({ compare: entries.map(({ path }) => path) });
              document.getElementById("sharing")?.scrollIntoView({ block: "start" });
            }}
          >
            <Grid2x2 />
            Compare {entries.length}
          </Button>
        )}
        {rights.propose && (
          <Button disabled={!figures} onClick={() => setActing("propose")}>
            <GitPullRequestArrow />
            Propose<span className="max-sm:sr-only"> as a plan</span>
          </Button>
        )}
        {rights.write && (
          <Button variant="danger" onClick={() => setActing("delete")}>
            <Trash2 />
            Delete
          </Button>
        )}
        <Button variant="ghost" size="icon" aria-label="Clear the selection" onClick={picked.clear}>
          <X />
        </Button>
      </div>
      <Suspense>
        {acting === "delete" && (
          <DeleteDialog
            id={id}
            entries={entries.map(toBucketEntry)}
            figures
            onClose={() => setActing(null)}
            onDone={() => {
              picked.clear();
              client.invalidateQueries({ queryKey: dedupKey(id) });
            }}
          />
        )}
        {acting === "propose" && figures && (
          <ProposeDialog id={id} entries={entries} paths={paths} figures={figures} onClose={() => setActing(null)} />
        )}
      </Suspense>
    </section>
  );
}

function Words({ figures, stored }: { figures: DedupFigures; stored: number }) {
  const { tiers } = usePrices();
  const { files, logical, unique, exclusive, freed } = figures;
  const dollars = monthlyCost(stored, tiers) - monthlyCost(Math.max(0, stored - freed), tiers);
  const rest = [
    [unique - exclusive, "other files use too"],
    [logical - unique, "repeat what is among them"],
    [exclusive - freed, "compression has saved already"],
  ].filter(([bytes]) => (bytes as number) > 0) as [number, string][];
  return (
    <span>
      : deleting {files === 1 ? "it" : "them"} removes <Bytes bytes={logical} /> of files and frees{" "}
      <strong className="font-semibold">
        <Bytes bytes={freed} />
      </strong>
      , {formatMoney(dollars)} a month.{" "}
      {rest.length > 0 && (
        <span className="text-muted max-sm:hidden">
          Of the rest {rest.map(([bytes, why]) => `${formatSize(bytes)} ${why}`).join(", ")}.
        </span>
      )}
    </span>
  );
}

function toBucketEntry({ type, path, figures }: DedupEntry): BucketEntry {
  if (type === "folder")
    return { type: "directory", path, size: figures.logical, files: figures.files, uploadedAt: null };
  return {
    type: "file",
    path,
    size: figures.logical,
    xetHash: "",
    mtime: null,
    uploadedAt: null,
    contentType: null,
  };
}
