/** What the chart of checkpoints says, in figures and in words. */
import type { CheckpointFigures, CheckpointRuns } from "#lib/core/bucket/dedup/figures.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount, formatSize, plural } from "#lib/core/format.ts";
import type { ChartData } from "../chart/chart-data.ts";

export interface Bar extends CheckpointFigures {
  run: string;
}

export function barsOf({ runs }: Pick<CheckpointRuns, "runs">): Bar[] {
  return runs.flatMap(({ path, checkpoints }) => checkpoints.map((checkpoint) => ({ ...checkpoint, run: path })));
}

/** What a run is called: its folder, the root by a word. */
export function runName(path: string): string {
  return path === "" ? "the root" : baseName(path);
}

export function checkpointTable(bars: Bar[]): ChartData {
  return {
    columns: [
      { name: "Checkpoint", kind: "text" },
      { name: "Step", kind: "count" },
      { name: "Uploaded", kind: "time" },
      { name: "Logical", kind: "bytes" },
      { name: "New", kind: "bytes" },
      { name: "Already stored", kind: "bytes" },
      { name: "Unique", kind: "bytes" },
      { name: "Stored", kind: "bytes" },
      { name: "Freed if deleted", kind: "bytes" },
    ],
    rows: bars.map(({ path, step, uploadedAt, figures, newBytes }) => [
      path,
      step,
      uploadedAt,
      figures.logical,
      newBytes,
      figures.logical - newBytes,
      figures.unique,
      figures.stored,
      figures.freed,
    ]),
  };
}

/** "18 checkpoints name 1.31 TB and brought 236 GB. In sft-tulu-v3 new bytes fell from 14.9 GB at 500 to 10.1 GB at 4000." */
export function checkpointWords({ runs, earlier }: Pick<CheckpointRuns, "runs" | "earlier">): string {
  const bars = barsOf({ runs });
  const sum = (read: (bar: Bar) => number) => bars.reduce((total, bar) => total + read(bar), 0);
  const listed = plural(bars.length, "checkpoint");
  const latest = `The latest ${bars.length === 1 ? "checkpoint" : listed} of ${formatCount(bars.length + earlier)}`;
  const count = earlier > 0 ? latest : listed;
  const first = `${count} ${bars.length === 1 ? "names" : "name"} ${formatSize(sum((bar) => bar.figures.logical))} and brought ${formatSize(sum((bar) => bar.newBytes))} new.`;
  const longest = runs.reduce<CheckpointRuns["runs"][number] | null>(
    (best, run) => (best === null || run.checkpoints.length > best.checkpoints.length ? run : best),
    null,
  );
  const [start, end] = [longest?.checkpoints[0], longest?.checkpoints.at(-1)];
  if (!longest || !start || !end || longest.checkpoints.length < 3) return first;
  const ratio = start.newBytes === 0 ? 1 : end.newBytes / start.newBytes;
  const verb = ratio < 0.95 ? "fell" : ratio > 1.05 ? "rose" : "went";
  return `${first} In ${runName(longest.path)} new bytes ${verb} from ${formatSize(start.newBytes)} at step ${start.step} to ${formatSize(end.newBytes)} at ${end.step}.`;
}

/** "500", "1k", "1.5k": as much as fits under a bar. */
export function shortStep(step: number): string {
  if (step < 1000 || step % 100 !== 0) return String(step);
  return step < 1_000_000 ? `${step / 1000}k` : `${Number((step / 1_000_000).toFixed(2))}M`;
}
