/**
 * `npm run gc [-- --dry-run --grace 0 --rewrite-share 1 --json]`: frees stored bytes that nothing refers to. Beside a running server it is
 * the server that does it, because who writes a blob and its row is told apart inside one process only.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { pino } from "pino";
import { parseDuration } from "#lib/core/duration.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import { createFileBlobs } from "#lib/server/blobs/fs.ts";
import { createCas } from "#lib/server/cas/embedded.ts";
import type { GcPreview } from "#lib/server/cas/gc-preview.ts";
import type { GcOptions, GcResult } from "#lib/server/cas/gc-run.ts";
import { openDatabase } from "#lib/server/db/sqlite.ts";
import { type Env, EnvError, readEnv } from "#lib/server/env.ts";
import { LockedError, lockDataDir, runningServer } from "#lib/server/lock.ts";
import { createOperator } from "#lib/server/operator.ts";

const USAGE = `Usage: npm run gc [-- OPTIONS]

  --dry-run              says what would be freed, and what waits for its grace to end
  --grace 21d            frees what nothing has referred to for that long (GC_GRACE); 0: everything, also what an upload that is
                         under way has sent and not entered yet
  --rewrite-share 0.5    rewrites xorbs whose live part is below it (GC_REWRITE_SHARE); 1: all with anything to free
  --json                 for programs
`;

class UsageError extends Error {}

interface Order extends GcOptions {
  dryRun: boolean;
}

type Answer = GcResult | GcPreview;

function readOrder(env: Env): Order & { json: boolean } {
  const { values } = parseArgs({
    options: {
      "dry-run": { type: "boolean", default: false },
      grace: { type: "string" },
      "rewrite-share": { type: "string" },
      json: { type: "boolean", default: false },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) throw new UsageError("");
  const grace = values.grace === undefined ? env.GC_GRACE : parseDuration(values.grace);
  if (grace === null)
    throw new UsageError(`--grace holds '${values.grace}'; it may hold a time like 21d or 12h, or 0.`);
  const text = values["rewrite-share"];
  const share = text === undefined ? env.GC_REWRITE_SHARE : Number(text || Number.NaN);
  if (!(share >= 0 && share <= 1)) {
    throw new UsageError(`--rewrite-share holds '${text}'; it may hold a number from 0 to 1.`);
  }
  return { dryRun: values["dry-run"], json: values.json, grace, share };
}

/** No server has the folder: it is kept from starting meanwhile. */
async function runHere({ DATA_DIR }: Env, order: Order, unlock: () => void): Promise<Answer> {
  const db = await openDatabase({ file: join(DATA_DIR, "cooperage.db") });
  const blobs = createFileBlobs({ dir: join(DATA_DIR, "blobs"), tmp: join(DATA_DIR, "tmp") });
  const log = pino({ level: "warn" }, pino.destination(2));
  const cas = await createCas({ db, blobs, secret: "", clock: Date.now, log, threads: 1 });
  try {
    return order.dryRun ? await cas.gc.preview(order) : await cas.gc.run(order);
  } finally {
    await cas.close();
    await db.close();
    unlock();
  }
}

async function runThere(env: Env, order: Order): Promise<Answer> {
  const address = runningServer(env.DATA_DIR);
  if (address === null) throw new Error("The server has just stopped; try again.");
  if (!URL.canParse(address)) throw new Error(`${env.DATA_DIR} is in use by ${address}; try again when it is done.`);
  const url = new URL("/api/gc", address);
  if (url.hostname === "0.0.0.0") url.hostname = "127.0.0.1";
  if (url.hostname === "[::]") url.hostname = "[::1]";
  const secret = env.SESSION_SECRET ?? readFileSync(join(env.DATA_DIR, "secret"), "utf8").trim();
  const token = createOperator({ secret, clock: Date.now }).createToken();
  const answer = await fetch(url, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    body: JSON.stringify({ dryRun: order.dryRun, grace: order.grace, share: order.share }),
  }).catch((cause) => {
    throw new Error(`The server at ${url.origin} does not answer: ${cause.cause?.message ?? cause.message}`);
  });
  if (answer.status === 401) {
    throw new Error(`The server at ${url.origin} does not know us: set SESSION_SECRET here as it is set there.`);
  }
  const text = await answer.text();
  if (!answer.ok) throw new Error(`The server at ${url.origin} says: ${text}`);
  const { type, ...rest } = JSON.parse(text.trimEnd().split("\n").at(-1)!);
  if (type !== "result") throw new Error(`The server at ${url.origin} says: ${rest.message ?? "it has ended"}`);
  return rest;
}

/** Lines for people. */
function format(answer: Answer): string {
  if ("freedBytes" in answer && "endedAt" in answer) {
    const { files, removed, thinned, freedBytes, orphans, orphanBytes } = answer;
    const parts = [plural(files, "file"), `${plural(removed, "xorb")} removed`, `${plural(thinned, "xorb")} rewritten`];
    const more = orphans === 0 ? "" : ` Left behind by a kill: ${plural(orphans, "blob")}, ${formatSize(orphanBytes)}.`;
    return `Freed ${formatSize(freedBytes)}: ${parts.join(", ")}.${more}\n`;
  }
  const { now, later, kept, ranAt } = answer;
  const rows = [
    ["now", formatSize(now.bytes), `${plural(now.files, "file")}, ${plural(now.removed + now.thinned, "xorb")}`],
    ...later.map(({ day, bytes }) => [day, formatSize(bytes), ""]),
    ...(kept === 0 ? [] : [["not yet", formatSize(kept), "in xorbs that are too much alive to be rewritten"]]),
  ];
  const lines = rows.map(([when, size, what]) => `${when!.padEnd(12)}${size!.padStart(10)}  ${what}`.trimEnd());
  const last = ranAt === null ? "never" : new Date(ranAt).toISOString();
  return `Would be freed, on disk:\n${lines.join("\n")}\nLast run: ${last}.\n`;
}

async function main(): Promise<void> {
  const env = readEnv();
  const { json, ...order } = readOrder(env);
  if (!existsSync(join(env.DATA_DIR, "cooperage.db"))) {
    process.stdout.write(`Nothing to free: ${env.DATA_DIR} holds no store.\n`);
    return;
  }
  let unlock: (() => void) | null = null;
  try {
    unlock = lockDataDir(env.DATA_DIR, "another npm run gc");
  } catch (error) {
    if (!(error instanceof LockedError)) throw error;
  }
  const answer = unlock === null ? await runThere(env, order) : await runHere(env, order, unlock);
  process.stdout.write(json ? `${JSON.stringify(answer)}\n` : format(answer));
}

try {
  await main();
} catch (error) {
  const { message, code } = error as Error & { code?: string };
  const usage = error instanceof UsageError || code?.startsWith("ERR_PARSE_ARGS") === true;
  if (usage || error instanceof EnvError) {
    process.stderr.write(message === "" ? USAGE : `${message}\n${usage ? `\n${USAGE}` : ""}`);
    process.exitCode = message === "" ? 0 : 2;
  } else {
    process.stderr.write(`${message}\n`);
    process.exitCode = 1;
  }
}
