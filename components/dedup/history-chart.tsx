"use client";

import { curveStepAfter } from "@visx/curve";
import { scaleLinear, scaleUtc } from "@visx/scale";
import { AreaClosed, LinePath } from "@visx/shape";
import { type PointerEvent, useState } from "react";
import type { HistoryPoint } from "#lib/core/bucket/dedup/figures.ts";
import { formatDate, formatDateTime, formatSize, plural } from "#lib/core/format.ts";
import { ByteGrid } from "../chart/byte-grid.tsx";
import { Scrub } from "../chart/scrub.tsx";
import { byteAxis } from "../chart/ticks.ts";
import { useWidth } from "../chart/use-width.ts";
import { useNow } from "../ui/time.tsx";

const HEIGHT = 276;
const TOP = 12;
const BOTTOM = 26;
const LEFT = 48;
/** Room for the names at the end of each line. */
const RIGHT = 104;
const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
/** Labels closer than this would touch, px. */
const LABEL_GAP = 14;
/** Room of a time under the axis, px. */
const MARK_ROOM = 72;

const SERIES = [
  { key: "logical", name: "Logical", area: "fill-logical/55", line: "stroke-logical" },
  { key: "unique", name: "Unique", area: "fill-unique/40", line: "stroke-unique" },
  { key: "stored", name: "Stored", area: "fill-stored/45", line: "stroke-stored" },
] as const;

/** Logical, unique and stored over time: they change with a sync, and stay until the next. */
export function HistoryChart({ points }: { points: HistoryPoint[] }) {
  const [box, width] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const { zone } = useNow();
  const [first, last] = [points[0]!, points.at(-1)!];
  // One point alone has no length: it gets a second to stand in.
  const span = Math.max(last.at - first.at, 1000);
  const right = Math.max(LEFT + 40, width - RIGHT);
  const x = scaleUtc({ domain: [last.at - span, last.at], range: [LEFT, right] });
  const axis = byteAxis(Math.max(...points.map(({ logical, unique, stored }) => Math.max(logical, unique, stored)), 1));
  const y = scaleLinear({ domain: [0, axis.max], range: [HEIGHT - BOTTOM, TOP] });
  const current = at === null ? undefined : points[at];
  const words = current
    ? `${formatDateTime(current.at, zone)}: ${plural(current.files, "file")}, ${formatSize(current.logical)} logical, ${formatSize(current.unique)} unique, ${formatSize(current.stored)} stored.`
    : courseOf(points, zone);
  const labels = spread(SERIES.map(({ key }) => y(last[key])));
  // One point has no course to put marks along: its own time stands under it.
  const marks =
    points.length === 1
      ? [new Date(last.at)]
      : apart(x.ticks(Math.max(3, Math.min(7, Math.floor((right - LEFT) / 110)))), x);

  function onPointer(event: PointerEvent<SVGSVGElement>) {
    const place = event.clientX - event.currentTarget.getBoundingClientRect().left;
    const time = x.invert(place).getTime();
    let best = 0;
    for (const [index, point] of points.entries())
      if (Math.abs(point.at - time) < Math.abs(points[best]!.at - time)) best = index;
    setAt(best);
  }

  return (
    <div className="px-3.5 pb-3.5 max-sm:px-0">
      <Scrub label="Points in time" count={points.length} at={at} onMove={setAt} text={words}>
        <div ref={box} className="overflow-hidden">
          <svg
            data-chart
            aria-hidden="true"
            width={Math.max(width, LEFT + RIGHT + 40)}
            height={HEIGHT}
            className="block"
            onPointerMove={onPointer}
            onPointerDown={onPointer}
            onPointerLeave={() => setAt(null)}
          >
            <ByteGrid axis={axis} y={y} left={LEFT} right={right} />
            {marks.map((mark) => (
              <text
                key={mark.getTime()}
                x={x(mark)}
                y={HEIGHT - 8}
                textAnchor="middle"
                className="fill-faint text-[10.5px]"
              >
                {span < 2 * DAY
                  ? clock(mark.getTime(), zone, span < 10 * MINUTE)
                  : formatDate(mark.getTime(), zone).slice(0, -5)}
              </text>
            ))}
            {SERIES.map(({ key, area }) => (
              <AreaClosed
                key={key}
                data={points}
                x={(point) => x(point.at)}
                y={(point) => y(point[key])}
                yScale={y}
                curve={curveStepAfter}
                className={area}
                stroke="none"
              />
            ))}
            {SERIES.map(({ key, line }) => (
              <LinePath
                key={key}
                data={points}
                x={(point) => x(point.at)}
                y={(point) => y(point[key])}
                curve={curveStepAfter}
                className={line}
                strokeWidth={1.75}
                fill="none"
              />
            ))}
            {SERIES.map(({ key, name, line }, index) => (
              <g key={key}>
                <circle cx={x(last.at)} cy={y(last[key])} r={3} className={`fill-panel ${line}`} strokeWidth={1.75} />
                <text x={right + 10} y={labels[index]} dominantBaseline="central" className="fill-ink text-[11px]">
                  <tspan className="font-medium">{name}</tspan>
                  <tspan className="fill-muted">{` ${formatSize(last[key])}`}</tspan>
                </text>
              </g>
            ))}
            {current && (
              <g data-screen>
                <line
                  x1={x(current.at)}
                  x2={x(current.at)}
                  y1={TOP}
                  y2={HEIGHT - BOTTOM}
                  className="stroke-control"
                  strokeDasharray="2 2"
                />
                {SERIES.map(({ key, line }) => (
                  <circle
                    key={key}
                    cx={x(current.at)}
                    cy={y(current[key])}
                    r={3.5}
                    className={`fill-panel ${line}`}
                    strokeWidth={2}
                  />
                ))}
              </g>
            )}
          </svg>
        </div>
      </Scrub>
      <p className="mt-1 min-h-4.5 text-muted max-sm:min-h-9 text-secondary max-sm:px-4">{words}</p>
    </div>
  );
}

function courseOf(points: HistoryPoint[], zone: string | undefined): string {
  const [first, last] = [points[0]!, points.at(-1)!];
  if (points.length === 1)
    return `One point so far, of ${formatDateTime(first.at, zone)}. Every sync adds one; of earlier days the last one is kept.`;
  const grown = last.stored - first.stored;
  const named = last.logical - first.logical;
  const by = (bytes: number) => `${bytes < 0 ? "shrank" : "grew"} by ${formatSize(Math.abs(bytes))}`;
  return `Since ${formatDate(first.at, zone)} logical bytes ${by(named)} and stored bytes ${by(grown)}, in ${plural(points.length, "point")}.`;
}

function clock(time: number, zone: string | undefined, seconds: boolean): string {
  const parts = { hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined } as const;
  return new Intl.DateTimeFormat("en-GB", { ...parts, timeZone: zone }).format(time);
}

/** A scale gives about as many marks as it is asked for, and round ones: on a phone they may be too many. */
function apart(marks: Date[], x: (mark: Date) => number): Date[] {
  const kept: Date[] = [];
  for (const mark of marks) {
    const before = kept.at(-1);
    if (before === undefined || x(mark) - x(before) >= MARK_ROOM) kept.push(mark);
  }
  return kept;
}

/** Moves labels apart, in the order of their places. */
function spread(places: number[]): number[] {
  const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  for (let at = 1; at < order.length; at++)
    order[at]!.place = Math.max(order[at]!.place, order[at - 1]!.place + LABEL_GAP);
  // The lowest stays above the axis's names.
  for (let at = order.length - 1, floor = HEIGHT - BOTTOM; at >= 0; at--, floor -= LABEL_GAP)
    order[at]!.place = Math.min(order[at]!.place, floor);
  const moved = [...places];
  for (const { place, index } of order) moved[index] = place;
  return moved;
}
