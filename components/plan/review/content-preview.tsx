"use client";

import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { HubError } from "#lib/core/errors.ts";
import { plural } from "#lib/core/format.ts";
import type { PlanDetails, PlanOperationDetails } from "#lib/core/plan/plan.ts";
import { contentUrl } from "../../tree/links.ts";
import { diffLines, foldDiff } from "./line-diff.ts";

/** Bytes of a text that are read for a look at it. */
const TEXT_MAX = 200_000;
const TEXT =
  /\.(md|txt|rst|log|out|ya?ml|toml|ini|cfg|conf|env|jsonl?|ndjson|csv|tsv|py|js|ts|sh|ipynb|rs|c|cpp|cu|go|java|html?|css|xml|tex|sql)$|(^|\/)(license|readme|makefile|dockerfile|\.?[a-z]+ignore|\.gitattributes)$/i;
const PICTURE = /\.(png|jpe?g|gif|webp|avif)$/i;

interface Side {
  url: string;
  size: number;
  /** Content never changes meaning under its hash, so that it is a good key. */
  hash: string;
}

/** Where both sides of an operation can be read here; null: not at all. */
function sidesOf(plan: PlanDetails, operation: PlanOperationDetails): { now: Side | null; after: Side | null } {
  const { now, target, kind, path, size, xetHash } = operation;
  const side = (url: string, bytes: number, hash: string): Side => ({ url, size: bytes, hash });
  const here = now && side(contentUrl(plan.bucket, target), now.size, now.xetHash);
  const from = /^hf:\/\/buckets\/([^/]+\/[^/]+)\/?(.*?)\/?$/.exec(plan.source);
  const copied = plan.direction === "copy" && from && (kind === "add" || kind === "overwrite");
  const source = copied
    ? side(
        contentUrl(from[1] as PlanDetails["bucket"], from[2] === "" ? path : `${from[2]}/${path}`),
        size,
        xetHash ?? "",
      )
    : null;
  return { now: here, after: source };
}

/** The text or picture of what an operation touches: both sides as a difference where both can be read, else the one that can. */
export function ContentPreview({ plan, operation }: { plan: PlanDetails; operation: PlanOperationDetails }) {
  const { now, after } = sidesOf(plan, operation);
  if (now === null && after === null) return null;
  if (PICTURE.test(operation.path)) {
    return (
      <div className="flex flex-wrap gap-3">
        {now && <Picture side={now} words="In the bucket now" />}
        {after && after.hash !== now?.hash && <Picture side={after} words="After this plan" />}
      </div>
    );
  }
  if (!TEXT.test(operation.path)) return null;
  if ((now?.size ?? 0) > TEXT_MAX || (after?.size ?? 0) > TEXT_MAX) return null;
  return <TextSides now={now} after={after} path={operation.path} />;
}

function Picture({ side, words }: { side: Side; words: string }) {
  return (
    <figure className="grid gap-1">
      {/* biome-ignore lint/performance/noImgElement: bytes of a bucket, not a picture of the site */}
      <img src={side.url} alt={words} loading="lazy" className="max-h-48 max-w-72 rounded-small border border-line" />
      <figcaption className="text-muted text-secondary">{words}</figcaption>
    </figure>
  );
}

function textQuery(side: Side | null) {
  return {
    queryKey: ["text", side?.url ?? "", side?.hash ?? ""],
    enabled: side !== null,
    staleTime: Number.POSITIVE_INFINITY,
    queryFn: async ({ signal }: { signal: AbortSignal }): Promise<string> => {
      const answer = await fetch(side!.url, { signal });
      if (!answer.ok) throw new HubError("NotFound", "The content is not there any more.");
      return new TextDecoder("utf-8", { fatal: true }).decode(await answer.arrayBuffer());
    },
    retry: false,
  };
}

function TextSides({ now, after, path }: { now: Side | null; after: Side | null; path: string }) {
  const old = useQuery(textQuery(now));
  const next = useQuery(textQuery(after));
  const whole = now === null ? next : after === null ? old : null;
  if (old.error || next.error) return <p className="text-muted">This content cannot be shown as text.</p>;
  if (whole !== null) {
    if (whole.data === undefined) return <span className="skeleton block h-16" />;
    return (
      <TextBlock label={now === null ? `${path} after this plan` : `${path} in the bucket now`} text={whole.data} />
    );
  }
  if (old.data === undefined || next.data === undefined) return <span className="skeleton block h-16" />;
  if (old.data === next.data) return <p className="text-muted">Both sides have the same text.</p>;
  const lines = diffLines(old.data, next.data);
  const gone = lines.filter(({ mark }) => mark === "-").length;
  const come = lines.filter(({ mark }) => mark === "+").length;
  return (
    <figure className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <figcaption className="text-muted text-secondary">
        {`${plural(come, "line")} come, ${plural(gone, "line")} go`}
      </figcaption>
      <Lines label={`What changes in ${path}`}>
        {foldDiff(lines).map((line, at) =>
          line === null ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text never move
            <div key={at} className="bg-sunken px-3 text-faint">
              …
            </div>
          ) : (
            <div
              // biome-ignore lint/suspicious/noArrayIndexKey: lines of one text never move
              key={at}
              className={
                line.mark === "+" ? "bg-add-soft text-add-ink" : line.mark === "-" ? "bg-del-soft text-del-ink" : ""
              }
            >
              <span className="inline-block w-10 select-none pr-2 text-right text-faint">{line.line}</span>
              <span className="inline-block w-4 select-none">{line.mark === "=" ? " " : line.mark}</span>
              {line.text}
            </div>
          ),
        )}
      </Lines>
    </figure>
  );
}

function TextBlock({ label, text }: { label: string; text: string }) {
  return (
    <figure className="grid grid-cols-[minmax(0,1fr)] gap-1">
      <figcaption className="text-muted text-secondary">{label}</figcaption>
      <Lines label={label}>
        <div className="px-3">{text.length > 20_000 ? `${text.slice(0, 20_000)}…` : text}</div>
      </Lines>
    </figure>
  );
}

function Lines({ label, children }: { label: string; children: ReactNode }) {
  return (
    <section
      aria-label={label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="max-h-64 overflow-auto whitespace-pre rounded-control border border-line bg-panel py-2 font-mono text-[11.5px] leading-[18px]"
    >
      <div className="w-max min-w-full">{children}</div>
    </section>
  );
}
