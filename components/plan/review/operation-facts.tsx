"use client";

import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { operationQuery } from "#lib/browser/queries/plan.ts";
import { formatDateTime, formatExactSize, groupedHash } from "#lib/core/format.ts";
import type { Ground, PlanOperationDetails } from "#lib/core/plan/plan.ts";
import { ErrorNotice } from "../../ui/notice.tsx";
import { useNow } from "../../ui/time.tsx";
import { copy } from "../../ui/toast.tsx";
import { ContentPreview } from "./content-preview.tsx";
import { usePlanStamp, useReview } from "./plan-context.ts";
import { FigureText, freedFigure, useWeight } from "./weight.tsx";

/** One operation with both of its sides. */
export function OperationFacts({ path }: { path: string }) {
  const { plan } = useReview();
  const { data, error } = useQuery(operationQuery(plan.id, path, usePlanStamp()));
  if (error && !data) return <ErrorNotice title={`${path} could not be read`} error={error} />;
  if (!data) {
    return (
      <div
        role="status"
        aria-label="Reading the operation"
        className="after-150 grid gap-2 rounded-card border border-line p-3.5"
      >
        {[30, 62, 48, 70].map((width) => (
          <span key={width} className="skeleton h-4" style={{ width: `${width}%` }} />
        ))}
      </div>
    );
  }
  const moved = data.stale || !sameGround(data.ground, data.now);
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-3 rounded-card border border-line-strong bg-canvas px-3.5 py-3">
      <table className="w-full table-fixed text-left max-sm:text-secondary">
        <caption className="sr-only">{`Both sides of ${path}`}</caption>
        <thead>
          <tr className="text-muted text-secondary">
            <td className="w-24 max-sm:w-18" />
            {moved && <Head>When this plan was made</Head>}
            <Head>In the bucket now</Head>
            <Head>After this plan</Head>
          </tr>
        </thead>
        <tbody className="align-top [&_td]:pr-3 [&_td]:wrap-anywhere [&_th]:py-0.5 [&_th]:text-left [&_th]:font-normal [&_th]:text-muted">
          <Row name="Size" sides={[moved && size(data.ground), size(data.now), after(data, "size")]} />
          <Row name="Modified" sides={[moved && time(data.ground), time(data.now), after(data, "time")]} />
          <Row name="Xet hash" sides={[moved && hash(data.ground), hash(data.now), after(data, "hash")]} />
          <Row name="Reason" sides={[moved && "", "", data.reason]} />
          <Row name="New bytes" sides={[moved && "", "", newBytes(data)]} />
          {(data.kind === "delete" || data.kind === "overwrite") && (
            <Row name="Freed" sides={[moved && "", "", <FreedBytes key="freed" operation={data} />]} />
          )}
        </tbody>
      </table>
      {same(data) && (
        <p className="text-muted">Bytes identical, only the time differs: this {data.kind} changes no content.</p>
      )}
      {data.moved && <p className="text-mod-ink">{data.moved}</p>}
      {data.error !== null && <p className="text-del-ink">{data.error}</p>}
      <ContentPreview plan={plan} operation={data} />
    </div>
  );
}

function sameGround(one: Ground | null, other: Ground | null): boolean {
  if (one === null || other === null) return one === other;
  return one.xetHash === other.xetHash && one.size === other.size && one.mtime === other.mtime;
}

function same(operation: PlanOperationDetails): boolean {
  return operation.kind === "overwrite" && operation.xetHash !== null && operation.xetHash === operation.now?.xetHash;
}

function Head({ children }: { children: ReactNode }) {
  return (
    <th scope="col" className="pb-1 font-normal">
      {children}
    </th>
  );
}

/** A side that is not shown is `false`; one that has nothing is "". */
function Row({ name, sides }: { name: string; sides: ReactNode[] }) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {sides
        .filter((side) => side !== false)
        .map((side, at) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a side is its column
          <td key={at}>{side === "" ? <span className="text-faint">—</span> : side}</td>
        ))}
    </tr>
  );
}

const size = (ground: Ground | null) => (ground === null ? "no file" : formatExactSize(ground.size));
const time = (ground: Ground | null) => (ground === null ? "" : <Moment ms={ground.mtime ?? ground.uploadedAt} />);
const hash = (ground: Ground | null) => (ground === null ? "" : <Hash value={ground.xetHash} />);

function after(operation: PlanOperationDetails, fact: "size" | "time" | "hash"): ReactNode {
  const { kind, now } = operation;
  if (kind === "delete") return fact === "size" ? "no file" : "";
  if (kind === "skip" || kind === "download") {
    return { size: size(now), time: time(now), hash: hash(now) }[fact];
  }
  if (fact === "size") return formatExactSize(operation.size);
  if (fact === "time") return <Moment ms={operation.localMtime === null ? null : operation.localMtime / 1000} />;
  return operation.xetHash === null ? (
    <span className="text-muted" title="The client's file names no content, and nothing was sent yet">
      not known yet
    </span>
  ) : (
    <Hash value={operation.xetHash} />
  );
}

/** What this one operation frees, if it ran alone. */
function FreedBytes({ operation: { path, stale, spentAt } }: { operation: PlanOperationDetails }) {
  const selection = useMemo(() => [{ path, include: true }], [path]);
  const runs = !stale && spentAt === null;
  const { weight, failed } = useWeight(selection, runs);
  if (!runs) return <span className="text-faint">—</span>;
  if (weight === null) return <FigureText figure={null} failed={failed} />;
  return <span title={freedFigure(weight).title}>{formatExactSize(weight.freed)}</span>;
}

function newBytes({ kind, size, newBytes: bytes }: PlanOperationDetails): ReactNode {
  if (kind === "delete" || kind === "skip" || kind === "download") return "0 B";
  if (bytes !== null) return formatExactSize(bytes);
  return (
    <span className="text-muted" title="Known once the content is: while it is uploaded">
      {`at most ${formatExactSize(size)}`}
    </span>
  );
}

function Moment({ ms }: { ms: number | null }) {
  const { zone } = useNow();
  if (ms === null) return <span className="text-faint">—</span>;
  return <time dateTime={new Date(ms).toISOString()}>{formatDateTime(ms, zone)}</time>;
}

function Hash({ value }: { value: string }) {
  return (
    <button
      type="button"
      title={`${value}\nCopy Xet hash`}
      onClick={() => copy(value, "Xet hash")}
      className="rounded-mark font-mono text-[12px] hover:text-accent-ink"
    >
      {`${groupedHash(value.slice(0, 8))} … ${groupedHash(value.slice(-8))}`}
    </button>
  );
}
