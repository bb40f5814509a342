/** What pages and clients ask about a bucket's figures, and how long the answers take: the large bucket against the small one. */
import { type BenchResult, compare, percentile } from "../measure.ts";
import type { Client } from "./client.ts";
import type { KnownBucket, KnownStore } from "./store.ts";

/** ms p95. */
const ANSWER_MS = 200;
const ROUNDS = 40;

export const dedup = ({ id }: KnownBucket) => `/api/buckets/${id}/dedup`;

interface Question {
  name: string;
  path(bucket: KnownBucket): string;
  body?(bucket: KnownBucket): unknown;
  /** ms p95. */
  goal?: number;
  /** Of the large bucket only. */
  large?: boolean;
}

const random = (below: number) => Math.floor(Math.random() * below);
const someCheckpoint = ({ checkpoints }: KnownBucket) => checkpoints[random(checkpoints.length)]!.path;
const paths = (list: string[]) => list.map((path) => `path=${encodeURIComponent(path)}`).join("&");
const freed = "sort=freed&direction=desc&limit=100";

function questions({ huge }: KnownStore): Question[] {
  return [
    { name: "bucket", path: dedup, goal: ANSWER_MS },
    { name: "folder", path: (bucket) => `${dedup(bucket)}?path=${someCheckpoint(bucket)}`, goal: ANSWER_MS },
    {
      name: "file",
      path: (bucket) => `${dedup(bucket)}?path=${someCheckpoint(bucket)}/model-00003-of-00010.safetensors`,
      goal: ANSWER_MS,
    },
    {
      name: "entries of the root, by freed",
      path: (bucket) => `${dedup(bucket)}/entries?path=&${freed}`,
      goal: ANSWER_MS,
    },
    {
      name: "entries of runs, by freed",
      path: (bucket) => `${dedup(bucket)}/entries?path=runs&${freed}`,
      goal: ANSWER_MS,
    },
    {
      name: "entries of a checkpoint, by freed",
      path: (bucket) => `${dedup(bucket)}/entries?path=${someCheckpoint(bucket)}&${freed}`,
      goal: ANSWER_MS,
    },
    {
      name: "matrix of 50 folders",
      path: (bucket) => `${dedup(bucket)}/matrix?${paths(bucket.checkpoints.slice(0, 50).map(({ path }) => path))}`,
    },
    {
      name: "selection of 2 folders",
      path: (bucket) => `${dedup(bucket)}/selection`,
      body: (bucket) => ({ files: [], folders: [someCheckpoint(bucket), "data/set-00/v1"] }),
    },
    {
      name: "selection of runs and data",
      path: (bucket) => `${dedup(bucket)}/selection`,
      body: () => ({ files: [], folders: ["runs", "data"] }),
    },
    { name: "checkpoints", path: (bucket) => `${dedup(bucket)}/checkpoints` },
    { name: "ranked files", path: (bucket) => `${dedup(bucket)}/files` },
    { name: "all buckets", path: () => "/api/dedup", large: true },
    {
      name: `map of ${(huge.size / 1e9).toFixed(0)} GB, ${huge.chunks} chunks`,
      path: (bucket) => `${dedup(bucket)}/map/${huge.path}?cells=320`,
      large: true,
    },
    {
      name: "map of a file that others hold in part",
      path: (bucket) => `${dedup(bucket)}/map/${someCheckpoint(bucket)}/model-00003-of-00010.safetensors?cells=320`,
      goal: ANSWER_MS,
    },
    {
      name: "a range of the large file",
      path: (bucket) =>
        `${dedup(bucket)}/range/${huge.path}?start=${random(huge.size / 2)}&end=${Math.ceil(huge.size / 2) + random(huge.size / 2)}`,
      large: true,
    },
  ];
}

/** Both buckets take turns. */
export async function askAll(client: Client, known: KnownStore): Promise<BenchResult[]> {
  const results: BenchResult[] = [];
  for (const { name, path, body, goal, large } of questions(known)) {
    const times = { large: [] as number[], small: [] as number[] };
    let size = 0;
    let first = 0;
    for (let round = -1; round < ROUNDS; round++) {
      for (const which of large ? (["large"] as const) : (["large", "small"] as const)) {
        const bucket = known[which];
        const { ms, bytes } = await client.ask(path(bucket), body?.(bucket));
        if (round < 0 && which === "large") [first, size] = [ms, bytes];
        if (round >= 0) times[which].push(ms);
        // A slow answer is slow often enough.
        if (ms > 2000 && round === 4) round = ROUNDS;
      }
    }
    const ours = percentile(times.large, 0.95);
    results.push({
      ...compare(
        { name: `${name} (first ${first.toFixed(0)} ms, ${(size / 1000).toFixed(1)} kB)`, unit: "ms p95" },
        ours,
        large ? undefined : percentile(times.small, 0.95),
      ),
      ...(goal && { goal: { most: goal }, met: ours <= goal }),
    });
  }
  return results;
}
