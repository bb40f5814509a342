"use client";

import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { ChevronDown, ListChecks } from "lucide-react";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { dedupEntriesQuery, dedupMatrixQuery } from "#lib/browser/queries/dedup.ts";
import type { SharingMatrix as Matrix } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { plural } from "#lib/core/format.ts";
import { ChartCard } from "../chart/chart-card.tsx";
import { heatFill } from "../chart/heat.ts";
import { Button } from "../ui/button.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { runName } from "./checkpoint-data.ts";
import {
  domainOf,
  evenShare,
  formatShare,
  labelsOf,
  matrixTable,
  type Pair,
  pairWords,
  strongest,
} from "./matrix-data.ts";
import { MatrixGrid } from "./matrix-grid.tsx";
import { MatrixPicture } from "./matrix-picture.tsx";
import { fileNameOf, useNote } from "./saved-name.ts";
import { useDedupView } from "./view.ts";

const ChooseDialog = lazy(() => import("./choose-dialog.tsx").then((module) => ({ default: module.ChooseDialog })));

/** Folders and files compared at first where there are no checkpoints. */
const FIRST_CHOICE = 12;
/** From this part of the bytes on a folder is what the bucket is about, and its own entries are compared. */
const NEARLY_ALL = 0.9;
const LARGEST = { sort: "logical", direction: "desc" } as const;
const EMPTY: Matrix = { asOf: 0, pending: false, scopes: [], overlap: [], common: 0, union: 0, runs: [] };

/** Which of the chosen folders or files hold the same bytes: checkpoints by default. */
export function SharingMatrix({ id, checkpoints }: { id: BucketId; checkpoints: boolean }) {
  const { view, show } = useDedupView();
  const [choosing, setChoosing] = useState(false);
  const own = view.compare.length > 0;
  const fallback = useLargest(id, !own && !checkpoints);
  const paths = own ? view.compare : fallback.paths;
  const ready = own || checkpoints || paths.length > 1;
  const query = useQuery({
    ...dedupMatrixQuery(id, paths.length > 0 ? { paths } : { run: view.run ?? undefined }),
    enabled: ready,
  });
  const matrix = ready ? (query.data ?? EMPTY) : EMPTY;
  const labels = labelsOf(matrix.scopes.map(({ path }) => path));
  const [picked, setPicked] = useState<Pair | null>(null);
  const inside = picked !== null && picked.row < labels.length && picked.column < labels.length;
  const chosen = inside ? picked : strongest(matrix);
  const note = useNote(id, matrix.asOf);
  const run = view.run ?? commonRun(matrix);
  const label = own || !checkpoints ? (labels.length < 2 ? "Choose" : plural(labels.length, "path")) : runName(run);
  const title = own || !checkpoints ? "Shared between" : "Shared between checkpoints";

  let body: ReactNode;
  if (query.error && !query.data) {
    body = (
      <div className="p-3.5">
        <ErrorNotice title="What is shared could not be read" error={query.error} onRetry={() => query.refetch()} />
      </div>
    );
  } else if ((ready && query.isPending) || fallback.pending) {
    body = <div className="skeleton mx-3.5 mb-3.5 h-72" />;
  } else if (labels.length < 2) {
    body = (
      <div className="grid justify-items-start gap-3 px-3.5 pt-2 pb-5 max-sm:px-4">
        <p className="max-w-[52ch] text-muted">
          {checkpoints && !own
            ? "One checkpoint so far. With a second one this shows, to the byte, what they have in common."
            : "Sharing takes two: choose folders or files, up to 50, and see to the byte what each pair has in common."}
        </p>
        <Button onClick={() => setChoosing(true)}>
          <ListChecks />
          Choose folders or files
        </Button>
      </div>
    );
  } else {
    body = <Body matrix={matrix} labels={labels} chosen={chosen} onChoose={setPicked} />;
  }

  return (
    <>
      <ChartCard
        title={title}
        name={fileNameOf(id, "sharing")}
        note={note}
        data={matrixTable(matrix)}
        picture={<MatrixPicture matrix={matrix} labels={labels} />}
        controls={
          <Menu
            label={`Compared: ${label}`}
            look={{ size: "small" }}
            className="max-w-52"
            trigger={
              <>
                <span className="truncate">{label}</span>
                <ChevronDown />
              </>
            }
          >
            {matrix.runs.map((path) => (
              <MenuItem
                key={path}
                checked={!own && path === run}
                onSelect={() => {
                  setPicked(null);
                  show({ run: path, compare: [] });
                }}
              >
                {runName(path)}
              </MenuItem>
            ))}
            {matrix.runs.length > 0 && <MenuLine />}
            <MenuItem icon={<ListChecks />} onSelect={() => setChoosing(true)}>
              Choose folders or files
            </MenuItem>
          </Menu>
        }
      >
        {body}
      </ChartCard>
      <Suspense>
        {choosing && (
          <ChooseDialog
            id={id}
            initial={own ? view.compare : matrix.scopes.map(({ path }) => path)}
            onClose={() => setChoosing(false)}
            onChoose={(compare) => {
              setPicked(null);
              show({ compare });
            }}
          />
        )}
      </Suspense>
    </>
  );
}

interface BodyProps {
  matrix: Matrix;
  labels: string[];
  chosen: Pair;
  onChoose: (pair: Pair) => void;
}

function Body({ matrix, labels, chosen, onChoose }: BodyProps) {
  const domain = domainOf(matrix);
  // A sentence has room for whole names.
  const names = labels.map((label, at) => (label.includes("…") ? baseName(matrix.scopes[at]!.path) : label));
  const { pair, rest, exact } = pairWords(matrix, names, chosen);
  const even = evenShare(matrix);
  const percent = (share: number) => `${Math.round(share * 100)}%`;
  return (
    <div className="pb-3.5">
      <MatrixGrid matrix={matrix} labels={labels} chosen={chosen} onChoose={onChoose} />
      {domain !== null && (
        <div className="mt-2 flex flex-wrap items-center gap-x-3 gap-y-1 px-3.5 text-muted text-secondary max-sm:px-4">
          <span className="mr-auto">Percent of the row's unique bytes found in the column</span>
          {even !== null ? (
            <span>every pair {formatShare(even)}%</span>
          ) : (
            <span
              className="inline-flex items-center gap-2"
              title="The colours run from the least to the most of these cells"
            >
              {percent(domain.low)}
              <span
                aria-hidden
                className="h-1.5 w-18 rounded-full"
                style={{ background: `linear-gradient(to right in oklab, ${heatFill(0)}, ${heatFill(1)})` }}
              />
              {percent(domain.high)}
            </span>
          )}
        </div>
      )}
      <p aria-live="polite" className="mx-3.5 mt-2.5 rounded-control bg-sunken px-3 py-2 text-secondary max-sm:mx-4">
        <strong className="font-semibold">{pair}</strong>
        <span className="text-muted">{rest}</span> <span className="whitespace-nowrap text-faint">{exact}</span>
      </p>
    </div>
  );
}

/** The folder that all compared checkpoints stand in. */
function commonRun(matrix: Matrix): string {
  const path = matrix.scopes[0]?.path ?? "";
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The largest folders and files of the root, or of the one folder that holds nearly all. */
function useLargest(id: BucketId, wanted: boolean): { paths: string[]; pending: boolean } {
  const root = useInfiniteQuery({ ...dedupEntriesQuery(id, "", LARGEST), enabled: wanted });
  const top = root.data?.pages[0]?.items ?? [];
  const all = top.reduce((sum, { figures }) => sum + figures.logical, 0);
  const only = top.find(({ type, figures }) => type === "folder" && figures.logical >= NEARLY_ALL * all)?.path ?? null;
  const below = useInfiniteQuery({ ...dedupEntriesQuery(id, only ?? "", LARGEST), enabled: wanted && only !== null });
  const items = only === null ? top : (below.data?.pages[0]?.items ?? []);
  const largest = [...items].sort((a, b) => b.figures.logical - a.figures.logical).slice(0, FIRST_CHOICE);
  return {
    paths: wanted ? largest.map(({ path }) => path) : [],
    pending: wanted && (root.isPending || (only !== null && below.isPending)),
  };
}
