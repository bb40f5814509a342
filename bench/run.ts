/**
 * `npm run bench [name...]`: runs bench/<name>.ts (all without a name), prints a table, keeps the figures in bench/results.json.
 * Ratios of one run hold; figures of different machines do not compare.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism, cpus, totalmem } from "node:os";
import { type Bench, type BenchResult, measure } from "./measure.ts";

const folder = new URL("./", import.meta.url);
const resultsFile = new URL("results.json", folder);
const NOT_BENCHES = new Set(["run", "measure"]);

const all = (await readdir(folder))
  .filter((name) => name.endsWith(".ts") && !name.startsWith("."))
  .map((name) => name.slice(0, -3))
  .filter((name) => !NOT_BENCHES.has(name));
const names = process.argv.slice(2);
const unknown = names.filter((name) => !all.includes(name));
if (unknown.length > 0) {
  console.error(`No benchmark ${unknown.join(", ")}. There are: ${all.join(", ")}`);
  process.exit(1);
}

const kept = JSON.parse(await readFile(resultsFile, "utf8").catch(() => "{}"));
for (const name of names.length > 0 ? names : all) {
  const bench: Bench = await import(new URL(`${name}.ts`, folder).href);
  console.log(`\n${name}`);
  const results: BenchResult[] = [];
  for (const row of bench.rows ?? []) results.push(print(await measure(row)));
  for (const result of (await bench.run?.()) ?? []) results.push(print(result));
  const machine = {
    cpu: cpus()[0]?.model ?? "unknown",
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  kept[name] = { date: new Date().toISOString(), machine, results };
  await writeFile(resultsFile, `${JSON.stringify(kept, null, 2)}\n`);
}

function print(result: BenchResult): BenchResult {
  const { name, unit, ours, peer, ratio, goal, met } = result;
  const number = (value: number | undefined) => (value === undefined ? "-" : value.toPrecision(4)).padStart(10);
  const aim = goal ? [goal.least && `>= ${goal.least}`, goal.most && `<= ${goal.most}`].filter(Boolean).join(", ") : "";
  const verdict = met === undefined ? "" : met ? "met" : "MISSED";
  console.log(
    `  ${name.padEnd(52)} ${number(ours)} ${number(peer)} ${unit.padEnd(6)} ${ratio?.toFixed(3).padStart(8) ?? ""} ${aim.padStart(10)} ${verdict}`,
  );
  return result;
}
