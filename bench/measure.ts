/** How benchmarks measure: two sides in turns, so that both meet the same weather; medians; a ratio against a goal. */

export interface BenchGoal {
  /** The ratio must be at least, or at most, this. */
  least?: number;
  most?: number;
}

/** One line of the table. `ratio` is ours / peer; for a speed more is better, for a time less. */
export interface BenchResult {
  name: string;
  unit: string;
  ours: number;
  peer?: number;
  ratio?: number;
  goal?: BenchGoal;
  met?: boolean;
}

/** A line that `run.ts` measures itself. */
export interface BenchRow {
  name: string;
  goal?: BenchGoal;
  /** Bytes that one call works on: the line shows MB/s (1e6 bytes). Without it, milliseconds a call. */
  bytes?: number;
  /** Rounds; the median counts. 7 unless told. */
  rounds?: number;
  ours: () => unknown;
  peer?: () => unknown;
}

/** What a file of this folder exports: `rows`, or `run` when it must prepare or measure by itself. */
export interface Bench {
  rows?: BenchRow[];
  run?: () => Promise<BenchResult[]>;
}

export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/** `part` from 0 to 1: 0.95 for what one in twenty exceeds. 0 of no values. */
export function percentile(values: number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}

/** A result from two medians; `peer` may be missing. */
export function compare(
  { name, unit, goal }: Pick<BenchResult, "name" | "unit" | "goal">,
  ours: number,
  peer?: number,
): BenchResult {
  if (peer === undefined) return { name, unit, ours };
  const ratio = ours / peer;
  const met =
    goal && ratio >= (goal.least ?? Number.NEGATIVE_INFINITY) && ratio <= (goal.most ?? Number.POSITIVE_INFINITY);
  return { name, unit, ours, peer, ratio, ...(goal && { goal, met }) };
}

/** Runs both sides of a row in turns, after one unmeasured round. */
export async function measure(row: BenchRow): Promise<BenchResult> {
  const { bytes, rounds = 7 } = row;
  const ours: number[] = [];
  const peers: number[] = [];
  for (let round = -1; round < rounds; round++) {
    for (const [side, times] of [
      [row.ours, ours],
      [row.peer, peers],
    ] as const) {
      if (!side) continue;
      const start = performance.now();
      await side();
      if (round >= 0) times.push(performance.now() - start);
    }
  }
  const value = (times: number[]) => (bytes === undefined ? median(times) : bytes / 1e3 / median(times));
  return compare({ ...row, unit: bytes === undefined ? "ms" : "MB/s" }, value(ours), row.peer && value(peers));
}
