"use client";

import { scaleBand, scaleLinear } from "@visx/scale";
import { BarRounded } from "@visx/shape";
import { type PointerEvent, useState } from "react";
import type { CheckpointRuns } from "#lib/core/bucket/dedup/figures.ts";
import { formatDate, formatSize } from "#lib/core/format.ts";
import { ByteGrid } from "../chart/byte-grid.tsx";
import { Scrub } from "../chart/scrub.tsx";
import { byteAxis } from "../chart/ticks.ts";
import { useWidth } from "../chart/use-width.ts";
import { useNow } from "../ui/time.tsx";
import { type Bar, barsOf, checkpointWords, runName, shortStep } from "./checkpoint-data.ts";

/** px; where there is little width, and where there is more. */
const LOW = 276;
const HIGH = 324;
const HIGH_FROM = 480;
const TOP = 12;
const BOTTOM = 44;
const LEFT = 48;
const RIGHT = 10;
/** Over a bar that is all new there is room for its label. */
const HEADROOM = 1.09;
/** A bar and its gap are never narrower, px: a long row of bars scrolls. */
const SLOT_MIN = 13;
/** From this width on a bar has room for its label. */
const SLOT_LABELS = 27;

/** Each checkpoint as a bar: what nothing before it held, and what was there already. */
export function CheckpointChart({ runs, earlier }: Pick<CheckpointRuns, "runs" | "earlier">) {
  const [box, available] = useWidth<HTMLDivElement>();
  const [at, setAt] = useState<number | null>(null);
  const { zone } = useNow();
  const bars = barsOf({ runs });
  const slots = bars.length + runs.length - 1;
  const height = available >= HIGH_FROM ? HIGH : LOW;
  const width = Math.max(available, LEFT + RIGHT + slots * SLOT_MIN);
  const most = Math.max(...bars.map((bar) => bar.figures.logical), 1);
  const axis = byteAxis(most);
  const y = scaleLinear({ domain: [0, Math.max(axis.max, HEADROOM * most)], range: [height - BOTTOM, TOP] });
  // A gap between two runs is a bar that is not there.
  const keys = runs.flatMap(({ path, checkpoints }, run) => [
    ...(run > 0 ? [`gap ${run}`] : []),
    ...checkpoints.map((checkpoint) => `${path}\n${checkpoint.path}`),
  ]);
  const x = scaleBand({ domain: keys, range: [LEFT, width - RIGHT], paddingInner: 0.16, paddingOuter: 0.1 });
  const slot = x.step();
  const bar = Math.min(56, x.bandwidth());
  const middle = (each: Bar) => (x(`${each.run}\n${each.path}`) ?? 0) + x.bandwidth() / 2;
  const every = Math.max(1, Math.ceil(SLOT_LABELS / slot));
  const current = at === null ? undefined : bars[at];
  const words = current ? wordsOf(current, zone) : checkpointWords({ runs, earlier });

  function onPointer(event: PointerEvent<SVGSVGElement>) {
    const place = event.clientX - event.currentTarget.getBoundingClientRect().left;
    let best = 0;
    for (const [index, each] of bars.entries())
      if (Math.abs(middle(each) - place) < Math.abs(middle(bars[best]!) - place)) best = index;
    setAt(best);
  }

  return (
    <div className="px-3.5 pb-3.5 max-sm:px-0">
      <div ref={box}>
        <Scrub
          label="Checkpoints"
          count={bars.length}
          at={at}
          onMove={(next) => {
            setAt(next);
            follow(box.current?.firstElementChild, middle(bars[next]!));
          }}
          text={words}
          className="overflow-x-auto"
        >
          <svg
            data-chart
            aria-hidden="true"
            width={width}
            height={height}
            className="block"
            onPointerMove={onPointer}
            onPointerDown={onPointer}
            onPointerLeave={() => setAt(null)}
          >
            <ByteGrid axis={axis} y={y} left={LEFT} right={width - RIGHT} />
            {current && (
              <rect
                data-screen
                x={middle(current) - slot / 2}
                y={TOP}
                width={slot}
                height={height - BOTTOM - TOP}
                className="fill-hover"
              />
            )}
            {bars.map((each, index) => {
              const left = middle(each) - bar / 2;
              const [total, fresh] = [y(each.figures.logical), y(each.newBytes)];
              const gap = each.newBytes > 0 && each.newBytes < each.figures.logical ? 1.5 : 0;
              return (
                <g key={`${each.run} ${each.path}`}>
                  {each.figures.logical > each.newBytes && (
                    <BarRounded
                      x={left}
                      y={total}
                      width={bar}
                      height={Math.max(0, fresh - total - gap)}
                      radius={2}
                      top
                      className="fill-logical"
                    />
                  )}
                  {each.newBytes > 0 && (
                    <BarRounded
                      x={left}
                      y={fresh}
                      width={bar}
                      height={Math.max(1, y(0) - fresh)}
                      radius={2}
                      top
                      className="fill-new"
                    />
                  )}
                  {slot >= SLOT_LABELS && (
                    <text
                      x={middle(each)}
                      y={fresh - 6}
                      textAnchor="middle"
                      className="fill-new-ink font-medium text-[10.5px]"
                    >
                      {axis.format(each.newBytes)}
                    </text>
                  )}
                  {(indexInRun(runs, bars, index) % every === 0 || bars.length === 1) && (
                    <text
                      x={middle(each)}
                      y={height - BOTTOM + 15}
                      textAnchor="middle"
                      className="fill-faint text-[10.5px]"
                    >
                      {shortStep(each.step)}
                    </text>
                  )}
                </g>
              );
            })}
            {runs.map(({ path, checkpoints }) => {
              const [first, last] = [checkpoints[0], checkpoints.at(-1)];
              if (!first || !last) return null;
              const [from, to] = [middle({ ...first, run: path }) - bar / 2, middle({ ...last, run: path }) + bar / 2];
              const room = Math.floor((to - from + slot) / 5.6);
              const name = runName(path);
              return (
                <g key={path}>
                  <line x1={from} x2={to} y1={height - 23} y2={height - 23} className="stroke-line-strong" />
                  <text x={(from + to) / 2} y={height - 8} textAnchor="middle" className="fill-muted text-[11px]">
                    {name.length > room ? `${name.slice(0, Math.max(1, room - 1))}…` : name}
                  </text>
                </g>
              );
            })}
          </svg>
        </Scrub>
      </div>
      <p className="mt-1 min-h-9 text-muted text-secondary max-sm:px-4">{words}</p>
    </div>
  );
}

/** Scrolls a long row of bars so that the one at `place` is in sight. */
function follow(row: Element | null | undefined, place: number): void {
  if (!row) return;
  const { scrollLeft, clientWidth } = row;
  if (place < scrollLeft + LEFT || place > scrollLeft + clientWidth - LEFT) row.scrollLeft = place - clientWidth / 2;
}

function wordsOf({ run, step, figures, newBytes, uploadedAt }: Bar, zone: string | undefined): string {
  return `${runName(run)}, step ${step}: ${formatSize(newBytes)} new of ${formatSize(figures.logical)}, uploaded ${formatDate(uploadedAt, zone)}. Deleting it alone would free ${formatSize(figures.freed)}.`;
}

function indexInRun(runs: CheckpointRuns["runs"], bars: Bar[], index: number): number {
  const { run } = bars[index]!;
  const start = bars.findIndex((each) => each.run === run);
  const { length } = runs.find(({ path }) => path === run)!.checkpoints;
  // Counted from the end, so that the newest step has its label.
  return start + length - 1 - index;
}
