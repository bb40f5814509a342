/**
 * Plans as lib/core computes them, for test_plans.py to compare with the client's: a case a line comes in, a JSON line goes out. With
 * `plan` in a case, that text is read and written again instead.
 */
import { createInterface } from "node:readline";
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { formatHeader, formatOperation } from "#lib/core/plan/codec.ts";
import { bucketTime, compareTrees, relativeEntries, type SyncEntry, type SyncOptions } from "#lib/core/plan/compare.ts";
import { compileGlob, createSyncFilter, parseFilterRules } from "#lib/core/plan/filter.ts";
import { addToSummary, emptySummary } from "#lib/core/plan/kind.ts";
import type { PlanOperation } from "#lib/core/plan/plan.ts";
import { PlanReader } from "#lib/core/plan/reader.ts";

interface Case {
  source: string;
  dest: string;
  timestamp: string;
  prefix: string;
  options: SyncOptions;
  include: string[];
  exclude: string[];
  rules: string;
  /** Path, size, ms. */
  local: [string, number, number][];
  remote: [string, number, number | null][];
}

async function compute({
  source,
  dest,
  timestamp,
  prefix,
  options,
  include,
  exclude,
  rules,
  ...sides
}: Case): Promise<string> {
  const filter = createSyncFilter({ include, exclude, rules: parseFilterRules(rules) });
  const byPath = (a: SyncEntry, b: SyncEntry) => comparePaths(a.path, b.path);
  const local = sides.local.map(([path, size, mtime]) => ({ path, size, mtime })).sort(byPath);
  const listing = sides.remote.map(([path, size, mtime]) => ({ path, size, mtime: bucketTime(mtime) })).sort(byPath);
  const remote = relativeEntries(listing, prefix);
  const operations: PlanOperation[] = [];
  const summary = emptySummary();
  const [from, to] = options.direction === "upload" ? [local, remote] : [remote, local];
  for await (const operation of compareTrees(from, to, options, filter)) {
    operations.push(operation);
    addToSummary(summary, operation);
  }
  return lines(formatHeader({ source, dest, timestamp, summary }), operations);
}

function rewrite(plan: string): string {
  const reader = new PlanReader();
  const operations = [...reader.push(new TextEncoder().encode(plan)), ...reader.end()];
  const refusal = reader.refusal();
  if (refusal !== null || reader.header === null) return `refused: ${refusal?.message}`;
  return lines(formatHeader(reader.header), operations);
}

function lines(header: string, operations: PlanOperation[]): string {
  return `${[header, ...operations.map(formatOperation)].join("\n")}\n`;
}

for await (const line of createInterface({ input: process.stdin })) {
  const asked = JSON.parse(line) as Case & { plan?: string; globs?: [string, string][] };
  let answer: unknown;
  if (asked.globs !== undefined) answer = asked.globs.map(([pattern, text]) => compileGlob(pattern)(text));
  else answer = asked.plan === undefined ? await compute(asked) : rewrite(asked.plan);
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
