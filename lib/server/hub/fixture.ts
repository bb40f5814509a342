/** An embedded Hub on a fresh database for tests and benchmarks, with content registered by hash alone: no bytes are kept. */
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { type Accounts, createAccounts } from "../accounts.ts";
import type { ContentStore } from "../cas/cas.ts";
import { findBucket } from "../db/buckets.ts";
import type { Database } from "../db/db.ts";
import { jsonBytes, jsonColumn, jsonRows, pieces } from "../db/rows.ts";
import { openDatabase } from "../db/sqlite.ts";
import type { Account, Actor } from "./actor.ts";
import { createEmbeddedHub, type EmbeddedHub } from "./embedded.ts";
import type { BucketGuard } from "./guard.ts";

export interface Content {
  xetHash: string;
  size: number;
}

export interface HubFixture {
  folder: string;
  db: Database;
  hub: EmbeddedHub;
  accounts: Accounts;
  /** ms since the epoch, as the Hub has it. */
  clock: () => number;
  /** Moves the Hub's clock on, ms. */
  tick(ms: number): void;
  /** A session of a new user. */
  user(name: string): Promise<Actor>;
  org(
    name: string,
    members: Record<string, "read" | "contributor" | "write" | "admin">,
    privateByDefault?: boolean,
  ): Promise<Account>;
  /** Files as if shards for them had come under the bucket's write token; each refers to the xorbs given. */
  prove(bucketId: string, contents: Content[], xorbs?: number[]): Promise<void>;
  close(): Promise<void>;
}

/** Some content that is told apart by its name. */
export function contentOf(name: string, size: number): Content {
  return { xetHash: size === 0 ? ZERO_HASH : createHash("sha256").update(name).digest("hex"), size };
}

export async function openHubFixture({
  clock,
  scanBudget,
  guardOf,
}: {
  clock?: () => number;
  scanBudget?: number;
  /** Made of the fixture's own database and clock; absent: nothing is protected. */
  guardOf?: (options: { db: Database; clock: () => number }) => BucketGuard;
} = {}): Promise<HubFixture> {
  const folder = await mkdtemp(join(tmpdir(), "cooperage-hub-"));
  const db = await openDatabase({ file: join(folder, "test.db") });
  let now = Date.parse("2026-03-01T12:00:00Z");
  const time = clock ?? (() => now);
  const accounts = createAccounts({ db, secret: "a secret for tests", clock: time });
  const content: ContentStore = {
    createToken: (access) => ({ accessToken: JSON.stringify(access), exp: Math.floor(time() / 1000) + 3600 }),
    nameOf: () => "somebody",
    readFile: async () => {
      throw new Error("The fixture keeps no bytes.");
    },
  };
  const log = { error: (...words: unknown[]) => console.error(...words) };
  const guard = guardOf?.({ db, clock: time });
  const hub = createEmbeddedHub({ db, content, clock: time, log: log as never, guard, scanBudget });
  return {
    folder,
    db,
    hub,
    accounts,
    clock: time,
    tick(ms) {
      now += ms;
    },
    async user(name) {
      const account = await accounts.createUser(name);
      return { account, role: "admin", scope: null, token: null, upstreamToken: null };
    },
    async org(name, members, privateByDefault = false) {
      const account = await accounts.createOrg(name, { privateByDefault });
      for (const [user, role] of Object.entries(members)) await accounts.addMember(name, user, role);
      return account;
    },
    prove: (bucketId, contents, xorbs) => proveContents(db, bucketId, contents, xorbs),
    async close() {
      await hub.close();
      await db.close();
      await rm(folder, { recursive: true });
    },
  };
}

export async function proveContents(db: Database, bucketId: string, contents: Content[], xorbs = [1]): Promise<void> {
  const [namespace = "", name = ""] = bucketId.split("/");
  const bucket = await findBucket(db.read, namespace, name);
  if (bucket === undefined) throw new Error(`There is no bucket ${bucketId}.`);
  const terms = Buffer.alloc(16 * xorbs.length);
  for (const [at, xorb] of xorbs.entries()) terms.writeUInt32LE(xorb, 16 * at);
  for (const part of pieces(contents)) {
    const rows = part.map(({ xetHash, size }) => [Buffer.from(xetHash, "hex").swap64().toString("hex"), size]);
    await db.write(async (tx) => {
      await sql`insert into files (hash, size, terms, created_at, idle_since)
        select ${jsonBytes(0)}, ${jsonColumn(1)}, ${terms}, 0, 0 from ${jsonRows(rows)}
        where not exists (select 1 from files where files.hash = ${jsonBytes(0)}) group by 1`.execute(tx);
      await sql`insert into file_proofs (file_id, bucket_id)
        select files.id, ${bucket.id} from ${jsonRows(rows)} cross join files where files.hash = ${jsonBytes(0)}
        on conflict do nothing`.execute(tx);
    });
  }
}
