"use client";

import { Clock, Eye } from "lucide-react";
import Link from "next/link";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { DedupFigures, AsOf as Moment, SharedWith, Waiting } from "#lib/core/bucket/dedup/figures.ts";
import { sharedOf } from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatDate, formatExactSize, formatSize, plural } from "#lib/core/format.ts";
import { useKeys } from "../shell/keys.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { BookOpen } from "../ui/icons.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { Bytes } from "../ui/size.tsx";
import { useNow } from "../ui/time.tsx";
import { AsOf } from "./as-of.tsx";
import { StepBars } from "./step-bars.tsx";

const WordsDialog = lazy(() => import("./words-dialog.tsx").then((module) => ({ default: module.WordsDialog })));

interface VerdictCardProps {
  figures: DedupFigures;
  of: Moment;
  /** "this bucket" or the namespace's name. */
  scope: string;
  /** Buckets that hold some of the bytes too, most first. */
  sharedWith: SharedWith[];
  waiting: Waiting | null;
  /** Between the bucket and its namespace. */
  scopeSwitch: ReactNode;
}

/** The sentence, and the proof under it. */
export function VerdictCard({ figures, of, scope, sharedWith, waiting, scopeSwitch }: VerdictCardProps) {
  const [explaining, setExplaining] = useState(false);
  useKeys({ w: () => setExplaining(true) });
  return (
    <Card
      aria-labelledby="verdict"
      className="grid min-w-0 content-start p-5 max-sm:rounded-none max-sm:border-x-0 max-sm:border-t-0 max-sm:px-4 max-sm:py-4"
    >
      <div className="flex flex-wrap items-center gap-x-4 gap-y-2.5">
        <h2 id="verdict" aria-live="polite" className="mr-auto font-semibold text-title">
          <Verdict figures={figures} />
        </h2>
        <div className="flex flex-wrap items-center gap-x-3 gap-y-2">
          {scopeSwitch}
          <AsOf of={of} />
        </div>
      </div>
      {figures.logical > 0 && <StepBars figures={figures} />}
      <div className="mt-4.5 flex flex-wrap items-start gap-x-5 gap-y-2 border-line border-t pt-3.5 text-secondary">
        {figures.unique > 0 && (
          <div className="flex min-w-0 flex-1 basis-80 flex-wrap items-center gap-x-5 gap-y-1.5">
            <Sharing figures={figures} scope={scope} sharedWith={sharedWith} />
          </div>
        )}
        <Button
          variant="ghost"
          size="small"
          aria-keyshortcuts="w"
          className="-mt-1 -mr-2 ml-auto max-sm:order-last max-sm:mr-auto max-sm:-ml-2"
          onClick={() => setExplaining(true)}
        >
          <BookOpen />
          What these words mean
          <Kbd className="max-sm:hidden">w</Kbd>
        </Button>
        {waiting !== null && waiting.bytes > 0 && <WaitingLine waiting={waiting} />}
      </div>
      <Suspense>{explaining && <WordsDialog onClose={() => setExplaining(false)} />}</Suspense>
    </Card>
  );
}

function Verdict({ figures }: { figures: DedupFigures }) {
  const { files, logical, stored } = figures;
  if (files === 0) return "No file is left in this bucket.";
  if (logical === 0) return `${files === 1 ? "One empty file takes" : `${plural(files, "empty file")} take`} no room.`;
  const { total } = savingPercents(figures);
  return (
    <>
      <Bytes bytes={logical} /> of files {files === 1 ? "takes" : "take"} <Bytes bytes={stored} /> on disk.{" "}
      <span className="text-accent-ink">{total > 0 ? `${formatPercent(total)} saved.` : "Nothing saved."}</span>
    </>
  );
}

/** Names written out before "and 4 more". */
const NAMED = 3;

function Sharing({ figures, scope, sharedWith }: { figures: DedupFigures; scope: string; sharedWith: SharedWith[] }) {
  const shared = sharedOf(figures);
  const more = sharedWith.length - NAMED;
  return (
    <>
      <p className="text-muted">
        Of the unique bytes{" "}
        <strong className="font-semibold text-ink">
          {shared === 0 ? "all " : ""}
          <Bytes bytes={figures.exclusive} />
        </strong>{" "}
        are exclusive to {scope}
      </p>
      {shared > 0 && (
        <p className="text-muted">
          <strong className="font-semibold text-ink">
            <Bytes bytes={shared} />
          </strong>{" "}
          are shared
          {sharedWith.length > 0 ? " with " : " with buckets outside it"}
          {sharedWith.slice(0, NAMED).map(({ bucket, bytes }, at) => (
            <span key={bucket}>
              {at > 0 && (at === Math.min(NAMED, sharedWith.length) - 1 && more <= 0 ? " and " : ", ")}
              <Link
                href={`/buckets/${bucket}/dedup`}
                prefetch={false}
                title={`${bucket}: ${formatSize(bytes)} in both, ${formatExactSize(bytes)}`}
                className="font-medium text-accent-ink hover:underline pointer-coarse:inline-flex pointer-coarse:min-h-11 pointer-coarse:items-center"
              >
                {nameOf(bucket)}
              </Link>
            </span>
          ))}
          {more > 0 && (
            <span
              title={sharedWith
                .slice(NAMED)
                .map(({ bucket, bytes }) => `${bucket}: ${formatSize(bytes)}`)
                .join("\n")}
            >{` and ${plural(more, "other bucket")}`}</span>
          )}
        </p>
      )}
      <p className="inline-flex items-center gap-1 text-faint">
        <Eye aria-hidden strokeWidth={1.75} className="size-3.5" />
        within what you can see
      </p>
    </>
  );
}

const nameOf = (bucket: BucketId) => bucket.slice(bucket.indexOf("/") + 1);

/** Bytes that only deleted files refer to: still on disk, and until when at least. */
function WaitingLine({ waiting: { bytes, files, since, freedAt } }: { waiting: Waiting }) {
  const { now, zone } = useNow();
  return (
    <p className="flex basis-full items-start gap-1.5 text-muted">
      <Clock aria-hidden strokeWidth={1.75} className="mt-0.5 size-3.5 shrink-0" />
      <span>
        <strong className="font-semibold text-ink">
          <Bytes bytes={bytes} />
        </strong>{" "}
        of {plural(files, "deleted file")} wait to be freed
        {since !== null && `, the oldest since ${formatDate(since, zone)}`}
        {freedAt !== null &&
          (freedAt <= now
            ? ". The next collection frees the first of it"
            : `. The first of it is freed on ${formatDate(freedAt, zone)} at the earliest`)}
        . Not part of the figures above.
      </span>
    </p>
  );
}
