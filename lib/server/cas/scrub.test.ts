import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { createFileBlobs } from "../blobs/fs.ts";
import { openSnapshot } from "../db/scrub.ts";
import {
  accessOf,
  addBucket,
  addNamespace,
  bodyOf,
  enterFile,
  makeBytes,
  makeFile,
  makeShard,
  makeXorb,
  openTestStore,
  type TestStore,
} from "./fixture.ts";
import { type Finding, scrub } from "./scrub.ts";
import { createWorkers } from "./workers.ts";

let store: TestStore;
let xorb: ReturnType<typeof makeXorb>;
let path: string;
const workers = createWorkers({ threads: 1 });
let copies = 0;

beforeAll(async () => {
  store = await openTestStore();
  const user = await addNamespace(store.db, "ann");
  const bucket = await addBucket(store.db, user, "a");
  const access = accessOf(bucket, user);
  xorb = makeXorb(makeBytes(900_000, 1, "text"));
  const file = makeFile([{ xorb }]);
  await store.cas.putXorb(access, xorb.hash, bodyOf(xorb.bytes));
  await store.cas.putShard(access, bodyOf(makeShard([file.entry], [xorb])));
  await enterFile(store.db, bucket, Buffer.from(file.entry.hash));
  await enterTree(bucket, file);
  path = join(store.dir, "blobs/xorbs", xorb.hash.slice(0, 2), xorb.hash);
});
afterAll(async () => {
  await workers.close();
  await store.close();
});

/** The entries of a bucket with one file in one folder. */
async function enterTree(bucket: number, file: ReturnType<typeof makeFile>): Promise<void> {
  await store.db.write(async (tx) => {
    const figures = { bucket_id: bucket, size: file.size, files: 1, uploaded_at: 5 };
    const insert = (entry: object) =>
      tx
        .insertInto("entries")
        .values({ ...figures, folder_id: null, kind: 0, path: "", ...entry })
        .returning("id")
        .executeTakeFirstOrThrow();
    const root = await insert({});
    const folder = await insert({ folder_id: root.id, path: "data" });
    await insert({ folder_id: folder.id, kind: 1, path: "data/x", xet_hash: Buffer.from(file.entry.hash) });
    await tx.updateTable("buckets").set({ size: file.size, files: 1 }).where("id", "=", bucket).execute();
  });
}

async function findings(file = join(store.dir, "cooperage.db")): Promise<Finding[]> {
  const open = () => openSnapshot(file);
  const blobs = createFileBlobs({ dir: join(store.dir, "blobs"), tmp: join(store.dir, "tmp") });
  const found: Finding[] = [];
  for await (const finding of scrub({ open, blobs, workers })) found.push(finding);
  return found;
}

test("finds nothing in a whole store, beside the server that has it open", async () => {
  expect(await findings()).toEqual([]);
});

test("a blob without a row is a note", async () => {
  await writeFile(join(path, "../", "f".repeat(64)), "half");
  expect(await findings()).toEqual([{ kind: "note", text: expect.stringContaining("has no row") }]);
  await rm(join(path, "../", "f".repeat(64)));
});

test("damaged bytes", async () => {
  const damaged = xorb.bytes.slice();
  damaged[damaged.length >> 1] ^= 1;
  await writeFile(path, damaged);
  expect(await findings()).toEqual([{ kind: "fault", text: expect.stringMatching(/is damaged/) }]);
  await writeFile(path, damaged.subarray(1));
  expect(await findings()).toEqual([{ kind: "fault", text: expect.stringMatching(/bytes on disk/) }]);
  await rm(path);
  expect(await findings()).toEqual([{ kind: "fault", text: expect.stringMatching(/is lost/) }]);
  await writeFile(path, xorb.bytes);
});

function figuresOf(key: string, from = ""): string {
  return `insert into dedup_sets (bucket_id, generation, version, revision, as_of, took_ms, files, logical, "unique", stored,
    folders, waiting_bytes, waiting_files, checkpoints, ranked, matrix)
    select ${key}, 1, 0, 0, 7, 0, 0, 0, 0, 0, 0, '', '', '' ${from}`;
}

test.each([
  ["update xorb_tables set hashes = zeroblob(length(hashes))", /another hash/],
  ["update xorbs set chunks = chunks + 1", /number of chunks/],
  ["update files set size = size + 1", /its terms give/],
  ["delete from file_heads", /first chunk is not kept/],
  ["delete from xorb_files", /that it needs xorb/],
  ["insert into xorb_files values (1, 99)", /a use of a xorb by no file/],
  ["insert into xorb_waste values (99, 0, 1, 1, x'01')", /waste of no xorb/],
  ["update chunk_index set hash = zeroblob(32)", /the index has chunk/],
  ["update file_buckets set refs = refs + 1", /file's count in a bucket/],
  ["delete from file_buckets", /file's count in a bucket/],
  ["update files set idle_since = 5", /is idle though/],
  ["update xorb_buckets set refs = refs + 1", /xorb's count in a bucket/],
  ["delete from xorb_buckets", /xorb's count in a bucket/],
  ["update entries set size = size + 1 where path = 'data'", /folder's size/],
  ["update entries set uploaded_at = 4 where path = 'data'", /newest upload/],
  ["update buckets set files = 2", /bucket's size or number/],
  ["delete from entries where kind = 1", /holds nothing/],
  ["update entries set xet_hash = randomblob(32) where kind = 1", /content is unknown/],
  ["delete from xorb_tables", /without its chunk table/],
  ["insert into dedup_left select bucket_id, file_id, 5 from file_buckets", /left a bucket and is there/],
  [figuresOf("99, 1, 0"), /figures of no bucket/],
  [figuresOf("id, 1, updated_at", "from buckets"), /count it otherwise/],
])("%s", async (text, expected) => {
  const copy = join(store.dir, `copy-${copies++}.db`);
  const original = new DatabaseSync(join(store.dir, "cooperage.db"));
  original.exec(`vacuum into '${copy}'`);
  original.close();
  const changed = new DatabaseSync(copy);
  changed.exec(text);
  changed.close();
  const found = await findings(copy);
  expect(found.some((finding) => finding.kind === "fault" && expected.test(finding.text))).toBe(true);
});
