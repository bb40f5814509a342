/** `npm run scrub`: verifies every stored byte and reference, also beside a running server. Exit 1 when anything is wrong. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { createFileBlobs } from "#lib/server/blobs/fs.ts";
import { scrub } from "#lib/server/cas/scrub.ts";
import { createWorkers } from "#lib/server/cas/workers.ts";
import { openSnapshot } from "#lib/server/db/scrub.ts";
import { EnvError, readEnv } from "#lib/server/env.ts";

const PROGRESS_MS = 10_000;

async function main(): Promise<number> {
  const { DATA_DIR } = readEnv();
  const file = join(DATA_DIR, "cooperage.db");
  if (!existsSync(file)) {
    process.stdout.write(`Nothing to check: ${DATA_DIR} holds no store.\n`);
    return 0;
  }
  const started = Date.now();
  const blobs = createFileBlobs({ dir: join(DATA_DIR, "blobs"), tmp: join(DATA_DIR, "tmp") });
  const workers = createWorkers();
  let shown = started;
  let done = { xorbs: 0, bytes: 0, files: 0 };
  let faults = 0;
  const options = {
    open: () => openSnapshot(file),
    blobs,
    workers,
    onProgress: (now: typeof done) => {
      done = now;
      if (Date.now() - shown < PROGRESS_MS) return;
      shown = Date.now();
      process.stderr.write(`${now.files} files, ${now.xorbs} xorbs, ${(now.bytes / 1e9).toFixed(1)} GB checked\n`);
    },
  };
  try {
    for await (const { kind, text } of scrub(options)) {
      if (kind === "fault") faults += 1;
      process.stdout.write(`${kind === "fault" ? "FAULT" : "note"}  ${text}\n`);
    }
  } finally {
    await workers.close();
  }
  const what = `${done.files} files and ${done.xorbs} xorbs (${(done.bytes / 1e9).toFixed(2)} GB)`;
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  process.stdout.write(`${faults === 0 ? "All is well" : `${faults} faults`}: ${what} checked in ${seconds} s.\n`);
  return faults === 0 ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof EnvError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 2;
}
