/**
 * `npm run demo`: realistic buckets for the default account, made here from a fixed seed and uploaded through the real client,
 * so that deduplication, folders and figures are those of a real store; and an organization's bucket under protection, with plans that
 * wait for the account's decision. Safe to repeat: the same bytes are sent again and found again, plans are submitted once. Works beside a running server, and starts one for itself when none runs.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { createRepo, deleteFiles, uploadFiles } from "@huggingface/hub";
import { createAccounts } from "#lib/server/accounts.ts";
import { openDatabase } from "#lib/server/db/sqlite.ts";
import { readEnv } from "#lib/server/env.ts";
import { runningServer } from "#lib/server/lock.ts";
import { startApi, welcome } from "#lib/server/start.ts";
import { type Files, MB, shards, traces } from "./demo-files.ts";
import { reviewDemo } from "./demo-plan.ts";
import { baseModel, type Sync, trainingRun } from "./demo-run.ts";

/** In this order: the runs lean on what stands before them. */
const BUCKETS: { name: string; isPublic: boolean; syncs: () => Iterable<Sync> }[] = [
  { name: "kestrel-32b-base", isPublic: true, syncs: () => atOnce(baseModel()) },
  { name: "tulu-shards", isPublic: true, syncs: () => atOnce(shards()) },
  { name: "kestrel-32b-sft", isPublic: false, syncs: trainingRun },
  { name: "agent-traces", isPublic: false, syncs: () => atOnce(traces()) },
];

function atOnce(files: Files): Sync[] {
  return [{ files, deletes: [] }];
}

async function fill(hubUrl: string, accessToken: string, owner: string): Promise<void> {
  for (const bucket of BUCKETS) {
    const repo = { type: "bucket", name: `${owner}/${bucket.name}` } as const;
    await createRepo({ hubUrl, accessToken, repo, visibility: bucket.isPublic ? "public" : "private" }).catch(
      (error) => {
        if (error.statusCode !== 409) throw error;
      },
    );
    const standing = new Set<string>();
    let bytes = 0;
    for (const sync of bucket.syncs()) {
      const files = [...sync.files].map(([path, data]) => ({
        path,
        content: new Blob([data as Uint8Array<ArrayBuffer>]),
      }));
      for (const { path } of files) standing.add(path);
      for (const path of sync.deletes) standing.delete(path);
      bytes += files.reduce((sum, file) => sum + file.content.size, 0);
      await uploadFiles({ hubUrl, accessToken, repo, files });
      if (sync.deletes.length > 0) await deleteFiles({ hubUrl, accessToken, repo, paths: sync.deletes });
    }
    process.stdout.write(`  ${repo.name}: ${standing.size} files, ${(bytes / MB).toFixed(1)} MB uploaded\n`);
  }
}

const env = readEnv();
const running = runningServer(env.DATA_DIR);
const db = await openDatabase({ file: join(env.DATA_DIR, "cooperage.db") });
const accounts = createAccounts({ db, secret: "", clock: Date.now });
const first = await accounts.ensureFirstAccount();
const { name } = await db.read
  .selectFrom("namespaces")
  .select("name")
  .where("type", "=", "user")
  .orderBy("id")
  .limit(1)
  .executeTakeFirstOrThrow();
const account = await accounts.findUser(name);
const { token, info } = await accounts.issueToken(account, {
  label: "demo",
  role: "write",
  expiresAt: Date.now() + 3600_000,
});
try {
  const make = async (hubUrl: string) => {
    await fill(hubUrl, token, name);
    await reviewDemo(hubUrl, accounts, account);
  };
  if (running !== null) {
    await make(running);
  } else {
    const started = await startApi({ ...env, LOG_LEVEL: "warn" });
    const server = createServer(started.listener).listen(0, "127.0.0.1");
    // Making the files holds this very process up for seconds; no connection should look idle for that.
    server.keepAliveTimeout = 120_000;
    await once(server, "listening");
    await make(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    server.close();
    server.closeAllConnections();
    await started.close();
  }
} finally {
  await accounts.revokeAnyToken(info.id);
  await db.close();
}
const address = running ?? env.PUBLIC_URL ?? `http://${env.HOST}:${env.PORT}`;
if (first !== null) process.stdout.write(welcome(first, address));
process.stdout.write(`${running === null ? "npm start, then open" : "Open"} ${address}\n`);
