/**
 * `npm test`: everything. `npm test -- python-newest browser` runs those stages only.
 * Counts over all runners; the last line is the sum. Fails when a test fails, or when a runner ran nothing.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ensureChromium } from "#e2e/chromium.ts";
import { SKIPPED } from "./python/venv.ts";

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

interface Stage {
  name: string;
  /** Arguments for this node; `report` is where the runner leaves its counts. */
  args(report: string): string[];
  /** Reads the runner's report; absent: the command is one test itself. */
  count?(report: string): Counts;
  env?(report: string): Record<string, string>;
  /** false: cannot run on this machine (said why); skipped, and failed in CI. */
  possible?(): boolean;
}

const ROOT = join(import.meta.dirname, "..");
const VITEST = "node_modules/vitest/vitest.mjs";
const toVitest = (report: string) => ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];

const STAGES: Stage[] = [
  { name: "check", args: (report) => ["scripts/check.ts", ...toVitest(report)], count: countVitest },
  { name: "build", args: () => ["scripts/build.ts"] },
  {
    name: "python-newest",
    args: (report) => ["scripts/python/run.ts", "newest", "-q", `--junitxml=${report}`],
    count: countPytest,
  },
  {
    name: "python-oldest",
    args: (report) => ["scripts/python/run.ts", "oldest", "-q", `--junitxml=${report}`],
    count: countPytest,
  },
  {
    name: "clients",
    args: (report) => [VITEST, "run", "--config", "e2e/vitest.config.ts", ...toVitest(report)],
    count: countVitest,
  },
  { name: "crash", args: () => ["scripts/crash.ts", "--kills", "8"] },
  { name: "crash-plans", args: () => ["scripts/crash.ts", "--what", "plans", "--kills", "8"] },
  { name: "crash-gc", args: () => ["scripts/crash.ts", "--what", "gc", "--minutes", "0.6", "--clients", "8"] },
  {
    name: "browser",
    args: () => ["node_modules/@playwright/test/cli.js", "test", "--reporter=list,json"],
    env: (report) => ({ PLAYWRIGHT_JSON_OUTPUT_FILE: report }),
    count: countPlaywright,
    possible: () => ensureChromium() !== null,
  },
];

function countVitest(report: string): Counts {
  const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, numFailedTestSuites } = JSON.parse(report);
  // A file that does not load has no tests, but has failed.
  const failed = Math.max(numFailedTests, numFailedTestSuites > 0 ? 1 : 0);
  return { passed: numPassedTests, failed, skipped: numPendingTests + numTodoTests };
}

function countPytest(report: string): Counts {
  const number = (name: string) => Number(new RegExp(` ${name}="(\\d+)"`).exec(report)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { passed: number("tests") - failed - number("skipped"), failed, skipped: number("skipped") };
}

function countPlaywright(report: string): Counts {
  const { stats, errors } = JSON.parse(report);
  // Passed at the second try (CI has one): counted as passed, and said, so that it is looked into.
  if (stats.flaky > 0) console.log(`${stats.flaky} browser tests passed at their second try only.`);
  return {
    passed: stats.expected + stats.flaky,
    failed: stats.unexpected + errors.length,
    skipped: stats.skipped,
  };
}

async function run(stage: Stage, folder: string): Promise<Counts> {
  if (stage.possible?.() === false) {
    return process.env.CI ? { passed: 0, failed: 1, skipped: 0 } : { passed: 0, failed: 0, skipped: 1 };
  }
  const report = join(folder, stage.name);
  const child = spawn(process.execPath, stage.args(report), {
    cwd: ROOT,
    stdio: "inherit",
    env: { ...process.env, NEXT_TELEMETRY_DISABLED: "1", ...stage.env?.(report) } as NodeJS.ProcessEnv,
  });
  const [code] = await once(child, "close");
  if (code === SKIPPED) return { passed: 0, failed: 0, skipped: 1 };
  if (stage.count === undefined) return { passed: code === 0 ? 1 : 0, failed: code === 0 ? 0 : 1, skipped: 0 };
  const text = await readFile(report, "utf8").catch(() => null);
  const counts = text === null ? { passed: 0, failed: 0, skipped: 0 } : stage.count(text);
  const nothing = counts.passed + counts.failed === 0;
  // What a runner's exit code says and its report does not: a crash, a broken set-up, no test at all.
  if ((code !== 0 || nothing) && counts.failed === 0) counts.failed = 1;
  return counts;
}

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !STAGES.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`No stage ${unknown.join(", ")}; there are ${STAGES.map((stage) => stage.name).join(", ")}.`);
  process.exit(2);
}

const folder = await mkdtemp(join(tmpdir(), "cooperage-test-"));
const total: Counts = { passed: 0, failed: 0, skipped: 0 };
const lines: string[] = [];
for (const stage of STAGES) {
  if (wanted.length > 0 && !wanted.includes(stage.name)) continue;
  console.log(`\n=== ${stage.name}`);
  const started = performance.now();
  const counts = await run(stage, folder);
  const seconds = Math.round((performance.now() - started) / 1000);
  for (const key of ["passed", "failed", "skipped"] as const) total[key] += counts[key];
  lines.push(
    `${stage.name.padEnd(14)} ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped (${seconds} s)`,
  );
  // Nothing that follows can run without the pages.
  if (stage.name === "build" && counts.failed > 0) break;
}
await rm(folder, { recursive: true, force: true });
console.log(`\n${lines.join("\n")}\n`);
console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;
