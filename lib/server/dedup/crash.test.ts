/** Figures are derived: however a process ends, the next one finds a whole set or none, never half of one. */
import { join } from "node:path";
import { sql } from "kysely";
import { pino } from "pino";
import { afterEach, beforeEach, expect, test } from "vitest";
import { hexToHash } from "#lib/core/xet/hash.ts";
import { findBucket } from "../db/buckets.ts";
import { findSetState, listScratch } from "../db/dedup.ts";
import { openGeneration, writePiece } from "../db/dedup-write.ts";
import type { Actor } from "../hub/actor.ts";
import { contentOf, type HubFixture, openHubFixture } from "../hub/fixture.ts";
import { lines } from "../hub/hub.contract.ts";
import type { Dedup } from "./dedup.ts";
import { createDedup } from "./embedded.ts";

const ID = "ann/a";
/** More than is changed in place. */
const FOLDERS = 4200;

let hub: HubFixture;
let ann: Actor;
let bucketId: number;
let dedup: Dedup;

beforeEach(async () => {
  hub = await openHubFixture();
  ann = await hub.user("ann");
  await hub.hub.createBucket(ann, ID, {});
  bucketId = (await findBucket(hub.db.read, "ann", "a"))!.id;
  await hub.db.write(async (tx) => {
    await sql`insert into xorbs (id, hash, chunks, unpacked_bytes, stored_bytes, created_at)
      values (1, ${hexToHash("1".repeat(64))}, 2, 100, 120, 0)`.execute(tx);
    const offsets = new Uint8Array(Uint32Array.from([90, 60, 120, 100]).buffer);
    await tx
      .insertInto("xorb_tables")
      .values({ xorb_id: 1, hashes: new Uint8Array(64), offsets })
      .execute();
  });
  const contents = ["x", "y"].map((name) => contentOf(name, 100));
  await hub.prove(ID, contents);
  // Both are the whole xorb.
  const whole = Buffer.alloc(16);
  for (const [at, word] of [1, 0, 2, 100].entries()) whole.writeUInt32LE(word, 4 * at);
  await hub.db.write((tx) => sql`update files set terms = ${whole}`.execute(tx));
  dedup = open();
});
afterEach(async () => {
  await dedup.close();
  await hub.close();
});

function open(): Dedup {
  const file = join(hub.folder, "test.db");
  return createDedup({ db: hub.db, file, clock: hub.clock, log: pino({ level: "silent" }) });
}

async function add(name: string, folders: number): Promise<void> {
  const { xetHash } = contentOf(name, 100);
  const paths = Array.from({ length: folders }, (_, at) => `${name}-${at}/f`);
  await hub.hub.applyBatch(ann, ID, lines(...paths.map((path) => ({ type: "addFile" as const, path, xetHash }))));
  dedup.touch(bucketId);
}

async function countRows(): Promise<Record<number, number>> {
  const query = sql<{ generation: number; rows: number }>`
    select generation, count(*) as rows from dedup_folders where bucket_id = ${bucketId} group by generation`;
  return Object.fromEntries((await query.execute(hub.db.read)).rows.map(({ generation, rows }) => [generation, rows]));
}

async function figures() {
  return (await dedup.summary(ann, ID, "")).figures;
}

const WHOLE = { unique: 100, exclusive: 100, stored: 120, freed: 120 };

test("large sets change by generation, small ones in place", async () => {
  await add("x", 10);
  await dedup.idle();
  expect(await countRows()).toEqual({ 1: 11 });
  await add("y", FOLDERS);
  await dedup.idle();
  expect(await countRows()).toEqual({ 2: FOLDERS + 11 });
  expect(await figures()).toEqual({ files: FOLDERS + 10, logical: 100 * (FOLDERS + 10), ...WHOLE });
  await add("x", 12);
  await dedup.idle();
  expect(await countRows()).toEqual({ 2: FOLDERS + 13 });
  expect(await listScratch(hub.db.read)).toEqual([]);
});

test("half a generation does not count, and goes at the next start", async () => {
  await add("x", 3);
  await dedup.idle();
  await hub.db.write((tx) => openGeneration(tx, bucketId, 2));
  const row = ["", 1, -1, 0, 999, 999, 999, 999, 999, 999];
  await hub.db.write((tx) => writePiece(tx, bucketId, 2, { table: "folders", rows: JSON.stringify([row]) }));
  expect(await countRows()).toEqual({ 1: 4, 2: 1 });
  expect(await figures()).toEqual({ files: 3, logical: 300, ...WHOLE });
  await dedup.close();
  dedup = open();
  await dedup.idle();
  expect(await countRows()).toEqual({ 1: 4 });
  expect(await figures()).toEqual({ files: 3, logical: 300, ...WHOLE });
});

test("broken off at any time, it is whole", async () => {
  await add("x", 5);
  await dedup.idle();
  await add("y", FOLDERS);
  for (let round = 0; ; round++) {
    // Waited for, it is not put off until later: what is broken off is the computation.
    const computed = dedup.idle();
    await new Promise((resolve) => setTimeout(resolve, 40 * round));
    await dedup.close();
    await computed;
    const { generation } = await hub.db.read
      .selectFrom("dedup_sets")
      .select(["generation"])
      .where("bucket_id", "=", bucketId)
      .executeTakeFirstOrThrow();
    const rows = (await countRows())[generation];
    expect([6, FOLDERS + 6]).toContain(rows);
    const state = await findSetState(hub.db.read, bucketId);
    expect(state!.version === state!.updatedAt).toBe(rows !== 6);
    dedup = open();
    if (rows !== 6) break;
  }
  await dedup.idle();
  expect(Object.values(await countRows())).toEqual([FOLDERS + 6]);
  expect(await figures()).toEqual({ files: FOLDERS + 5, logical: 100 * (FOLDERS + 5), ...WHOLE });
});

test("a deleted bucket leaves no figures, also while they are being computed", async () => {
  await add("x", 3);
  await dedup.idle();
  await add("y", FOLDERS);
  await hub.hub.deleteBucket(ann, ID);
  await hub.hub.purged();
  await dedup.idle();
  for (const table of ["sets", "folders", "files", "coverage", "overlaps", "history", "left"]) {
    const { rows } = await sql`select * from ${sql.table(`dedup_${table}`)}`.execute(hub.db.read);
    expect(rows, table).toEqual([]);
  }
});
