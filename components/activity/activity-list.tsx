"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Activity as ActivityIcon } from "lucide-react";
import Link from "next/link";
import { usePathname, useSearchParams } from "next/navigation";
import { useMemo } from "react";
import {
  ACTIVITY_GROUPS,
  type ActivityGroup,
  activityQuery,
  parseActivityGroup,
} from "#lib/browser/queries/activity.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatDate, plural } from "#lib/core/format.ts";
import type { Activity } from "#lib/core/plan/plan.ts";
import { DoerFace } from "../plan-list/doer-face.tsx";
import { planPage } from "../plan-list/links.ts";
import { FilterField } from "../tree/filter-field.tsx";
import { filePage } from "../tree/links.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Time, useNow } from "../ui/time.tsx";
import { activityWords } from "./activity-words.ts";

interface ActivityListProps {
  /** null: of all that the reader belongs to. */
  bucket: BucketId | null;
}

/** Who did what, when and by which token; newest first, by day. */
export function ActivityList({ bucket }: ActivityListProps) {
  const params = useSearchParams();
  const pathname = usePathname();
  const words = params.get("q") ?? "";
  const group = parseActivityGroup(params.get("kind"));
  const { data, error, isPending, fetchNextPage, hasNextPage, isFetchingNextPage, refetch } = useInfiniteQuery(
    activityQuery(bucket, group),
  );
  const { zone } = useNow();

  function show(next: { q?: string; kind?: ActivityGroup["key"] | null }) {
    const query = new URLSearchParams();
    const q = next.q ?? words;
    const kind = next.kind === undefined ? (group?.key ?? null) : next.kind;
    if (kind !== null) query.set("kind", kind);
    if (q !== "") query.set("q", q);
    window.history.replaceState(null, "", query.size === 0 ? pathname : `${pathname}?${query}`);
  }

  const read = useMemo(() => data?.pages.flatMap((page) => page.items) ?? [], [data]);
  const days = useMemo(() => {
    const wanted = words.toLowerCase().split(/\s+/).filter(Boolean);
    const found = read.filter((step) => wanted.every((word) => textOf(step).includes(word)));
    return Map.groupBy(found, (step) => formatDate(step.at, zone));
  }, [read, words, zone]);
  const filtered = words !== "" || group !== null;

  return (
    <>
      <div className="flex flex-wrap items-center gap-2 border-line border-b px-3.5 py-2.5">
        <fieldset className="mr-auto flex flex-wrap gap-1.5">
          <legend className="sr-only">Kinds of steps</legend>
          <Chip on={group === null} onClick={() => show({ kind: null })}>
            All
          </Chip>
          {ACTIVITY_GROUPS.map(({ key, name }) => (
            <Chip key={key} on={group?.key === key} onClick={() => show({ kind: group?.key === key ? null : key })}>
              {name}
            </Chip>
          ))}
        </fieldset>
        <FilterField label="Person, token, path or plan" value={words} onChange={(q) => show({ q })} />
      </div>
      {isPending && <ActivitySkeleton />}
      {error && data === undefined && (
        <div className="p-3.5">
          <ErrorNotice
            title="The activity could not be read"
            error={error}
            action={<Button onClick={() => refetch()}>Read it again</Button>}
          />
        </div>
      )}
      {data !== undefined && days.size === 0 && (
        <div className="flex flex-col items-center gap-2 px-4 py-12 text-center">
          <ActivityIcon aria-hidden strokeWidth={1.75} className="size-5 text-muted" />
          <p>{filtered ? "No step that was read is like this." : "Nothing has happened yet."}</p>
          {filtered ? (
            <Button onClick={() => show({ q: "", kind: null })}>Show all</Button>
          ) : (
            <p className="max-w-[52ch] text-muted text-secondary">
              Every upload, deletion, plan, decision and change of rules is written down here, with who did it and by
              which token.
            </p>
          )}
        </div>
      )}
      {[...days].map(([day, steps]) => (
        <section key={day} aria-label={day}>
          <h2 className="sticky top-0 z-10 border-line border-b bg-sunken px-3.5 py-1 font-medium text-muted text-secondary">
            {day}
          </h2>
          <ol>
            {steps.map((step) => (
              <Step key={step.id} step={step} bucket={bucket === null} />
            ))}
          </ol>
        </section>
      ))}
      {data !== undefined && (
        <div className="flex flex-wrap items-center justify-between gap-2 border-line border-t px-3.5 py-2.5 text-muted text-secondary">
          <span>{`${plural(read.length, "step")} read${hasNextPage ? "" : ", all there are"}`}</span>
          {hasNextPage && (
            <Button size="small" busy={isFetchingNextPage} onClick={() => fetchNextPage()}>
              Read older steps
            </Button>
          )}
        </div>
      )}
    </>
  );
}

function Chip({ on, ...rest }: { on: boolean; onClick: () => void; children: string }) {
  return (
    <button
      type="button"
      aria-pressed={on}
      className="h-6.5 rounded-full border border-line-strong px-2.5 font-medium text-muted text-secondary hover:bg-hover hover:text-ink aria-pressed:border-accent aria-pressed:bg-accent-soft aria-pressed:text-accent-ink pointer-coarse:h-11 pointer-coarse:px-3.5"
      {...rest}
    />
  );
}

function Step({ step, bucket }: { step: Activity; bucket: boolean }) {
  const { did, quote, paths } = activityWords(step);
  const { by, plan } = step;
  return (
    <li className="flex gap-2.5 border-hairline px-3.5 py-2 not-last:border-b hover:bg-hover">
      {by === null ? <span aria-hidden className="size-5 shrink-0 rounded-full bg-line" /> : <DoerFace by={by} />}
      <div className="min-w-0 flex-1 wrap-anywhere">
        <p>
          <span className="font-medium">
            {by === null ? "The server" : by.agent && by.token ? by.token : nameOf(step)}
          </span>{" "}
          {did}
          {plan !== null && (
            <>
              <span className="text-faint"> · </span>
              <Link
                href={planPage({ bucket: step.bucket, id: plan.id })}
                prefetch={false}
                className="underline decoration-line-strong underline-offset-3 hover:decoration-current"
              >
                {plan.title}
                <span className="text-muted">{` #${plan.id}`}</span>
              </Link>
            </>
          )}
          {bucket && (
            <>
              {" in "}
              <Link
                href={`/buckets/${step.bucket}`}
                prefetch={false}
                className="underline decoration-line-strong underline-offset-3 hover:decoration-current"
              >
                {step.bucket}
              </Link>
            </>
          )}
        </p>
        {quote !== null && <p className="text-muted">{`“${quote}”`}</p>}
        {paths.length > 0 && (
          <p className="flex flex-wrap gap-x-3 font-mono text-[11.5px]">
            {paths.map((path) => (
              <Link
                key={path}
                href={pathPage(step, path)}
                prefetch={false}
                className="text-muted hover:text-ink hover:underline"
              >
                {path}
              </Link>
            ))}
          </p>
        )}
        <p className="text-muted text-secondary">{tokenWords(step)}</p>
      </div>
      <span className="shrink-0 text-muted text-secondary">
        <Time value={step.at} />
      </span>
    </li>
  );
}

const nameOf = ({ by }: Activity) => by?.fullName || by?.name || "";

/** By what means: a token's label, or the browser. */
function tokenWords({ by, details }: Activity): string {
  if (by === null) return "";
  const digest = typeof details.digest === "string" ? ` · digest ${details.digest.slice(0, 8)}` : "";
  if (by.agent) return `agent of ${by.fullName || by.name}, token ${by.token ?? "without a label"}${digest}`;
  return `${by.token === null ? "in the browser" : `by token ${by.token || "without a label"}`}${digest}`;
}

/** A path of the bucket, or of the plan it was said about. */
function pathPage(step: Activity, path: string): string {
  if (step.plan !== null)
    return `${planPage({ bucket: step.bucket, id: step.plan.id })}?at=${encodeURIComponent(path)}`;
  return filePage(step.bucket, path);
}

function textOf(step: Activity): string {
  const { did, quote, paths } = activityWords(step);
  const { by, plan } = step;
  return [by?.name, by?.fullName, by?.token, step.bucket, plan?.title, plan && `#${plan.id}`, did, quote, ...paths]
    .join(" ")
    .toLowerCase();
}

export function ActivitySkeleton() {
  return (
    <div role="status" aria-label="Reading the activity" className="after-150 grid gap-3.5 p-3.5">
      {[58, 44, 66, 38, 52].map((width) => (
        <span key={width} className="skeleton h-6" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
