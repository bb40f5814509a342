/**
 * Deduplication across clients and caches: bytes that the store holds, and its user may read, are not sent again, neither by
 * a client that forgot them nor by another client with another cut rule. Counted in the server's own tables.
 */
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { createRepo, downloadFile, uploadFile } from "@huggingface/hub";
import { getChunks } from "@huggingface/xetchunk-wasm";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Chunker } from "#lib/core/xet/chunk.ts";
import { CHUNK_HEADER_BYTES } from "#lib/core/xet/constants.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { bytesOf, equalBytes, randomBytes } from "./bytes.ts";
import { findHf, runHf, runHfAt } from "./hf.ts";
import { createPeople, type People, type Person } from "./people.ts";
import { startServer, type TestServer } from "./server.ts";

const SIZE = 300 * 1024 * 1024;

const venv = await findHf();

let server: TestServer;
let people: People;
let folder: string;
let file: string;
const bytes = randomBytes(SIZE, 300);

beforeAll(async () => {
  server = await startServer();
  people = await createPeople(server);
  folder = await mkdtemp(join(tmpdir(), "cooperage-dedup-"));
  file = join(folder, "model.safetensors");
  await writeFile(file, bytes);
});
afterAll(async () => {
  await server?.stop();
  if (folder) await rm(folder, { recursive: true, force: true });
});

const hf = (token: string, ...args: string[]) => runHf(venv!, server.url, token, ...args);

function query<Row>(sql: string, ...values: string[]): Row {
  const db = new DatabaseSync(join(server.dataDir, "cooperage.db"), { readOnly: true });
  try {
    return db.prepare(sql).get(...values) as Row;
  } finally {
    db.close();
  }
}

function storedBytes(): number {
  return query<{ bytes: number }>("select coalesce(sum(stored_bytes), 0) bytes from xorbs").bytes;
}

async function newBytes(action: () => Promise<unknown>): Promise<number> {
  const before = storedBytes();
  await action();
  return storedBytes() - before;
}

/**
 * Stored bytes of the chunks that one client makes of the file and the other does not: the JS client's cut rule accepts places
 * before a chunk's least length, so some of its chunks are its own. Nothing else may be sent twice.
 */
function explainedByCuts(bytes: Uint8Array): { js: number; hf: number } {
  const js = getChunks(bytes).map(({ hash, length }) => ({ key: hashToHex(hash), length }));
  const chunker = new Chunker();
  const hf = [chunker.push(bytes), chunker.finish()].flatMap(({ count, hashes, lengths }) =>
    Array.from({ length: count }, (_, at) => ({ key: hashToHex(hashes, at * 32), length: lengths[at]! })),
  );
  const onlyIn = (some: typeof js, others: typeof js) => {
    const known = new Set(others.map((chunk) => chunk.key));
    return some
      .filter((chunk) => !known.has(chunk.key))
      .reduce((sum, chunk) => sum + chunk.length + CHUNK_HEADER_BYTES, 0);
  };
  return { js: onlyIn(js, hf), hf: onlyIn(hf, js) };
}

async function newBucket(name: string, as: Person = people.owner): Promise<string> {
  const repo = { type: "bucket" as const, name: `${as.name}/${name}` };
  await createRepo({ hubUrl: server.url, accessToken: as.token, repo, visibility: "private" });
  return repo.name;
}

async function expectWhole(bucket: string, expected: Uint8Array, as: Person = people.owner): Promise<void> {
  const out = join(folder, "back");
  await hf(as.token, "buckets", "cp", `hf://buckets/${bucket}/model.safetensors`, out);
  expect(equalBytes(await readFile(out), expected)).toBe(true);
  const blob = await downloadFile({
    hubUrl: server.url,
    accessToken: as.token,
    repo: { type: "bucket", name: bucket },
    path: "model.safetensors",
  });
  expect(equalBytes(await bytesOf(blob!), expected)).toBe(true);
}

async function uploadByJs(bucket: string): Promise<void> {
  await uploadFile({
    hubUrl: server.url,
    accessToken: people.owner.token,
    repo: { type: "bucket", name: bucket },
    file: { path: "model.safetensors", content: new Blob([bytes]) },
  });
}

test.skipIf(venv === null)(
  "hf, then hf with an empty cache into another bucket of the owner: nothing new",
  async () => {
    const first = await newBucket("hf-first");
    const target = (bucket: string) => `hf://buckets/${bucket}/model.safetensors`;
    expect(await newBytes(() => hf(people.owner.token, "buckets", "cp", file, target(first)))).toBeGreaterThan(SIZE);
    const second = await newBucket("hf-second");
    expect(await newBytes(() => hf(people.owner.token, "buckets", "cp", file, target(second)))).toBe(0);
    await expectWhole(second, bytes);

    const third = await newBucket("js-after-hf");
    expect(await newBytes(() => uploadByJs(third))).toBeLessThanOrEqual(explainedByCuts(bytes).js);
    await expectWhole(third, bytes);
  },
);

test.skipIf(venv === null)("the JS client, then hf", async () => {
  const other = randomBytes(64 * 1024 * 1024, 64);
  await writeFile(file, other);
  const first = await newBucket("js-first");
  const repo = { type: "bucket" as const, name: first };
  await uploadFile({
    hubUrl: server.url,
    accessToken: people.owner.token,
    repo,
    file: { path: "model.safetensors", content: new Blob([other]) },
  });
  const second = await newBucket("hf-after-js");
  const target = `hf://buckets/${second}/model.safetensors`;
  expect(await newBytes(() => hf(people.owner.token, "buckets", "cp", file, target))).toBeLessThanOrEqual(
    explainedByCuts(other).hf,
  );
  await expectWhole(second, other);
});

test.skipIf(venv === null)("a stranger who has the same bytes must send them all", async () => {
  const same = randomBytes(40 * 1024 * 1024, 40);
  await writeFile(file, same);
  const mine = await newBucket("secret");
  await hf(people.owner.token, "buckets", "cp", file, `hf://buckets/${mine}/model.safetensors`);
  const theirs = await newBucket("stranger", people.stranger);
  await hf(people.stranger.token, "buckets", "cp", file, `hf://buckets/${theirs}/model.safetensors`);
  await expectWhole(theirs, same, people.stranger);
  // The store keeps a copy for each: what one of them deletes, packs or sends is nothing that the other could notice.
  const sent = query<{ bytes: number }>(
    `select coalesce(sum(x.stored_bytes), 0) bytes from xorbs x where x.id in
       (select u.xorb_id from xorb_uploaders u join namespaces n on n.id = u.user_id where n.name = ?)`,
    people.stranger.name,
  );
  expect(sent.bytes).toBeGreaterThan(same.length);
});

test.skipIf(venv === null)("two accounts on one machine, with one cache of the client", async () => {
  const shared = randomBytes(20 * 1024 * 1024, 20);
  await writeFile(file, shared);
  const home = await mkdtemp(join(tmpdir(), "cooperage-home-"));
  try {
    for (const [person, name] of [
      [people.owner, "one-cache"],
      [people.stranger, "one-cache"],
    ] as const) {
      const bucket = await newBucket(name, person);
      const copy = () =>
        runHfAt(
          home,
          venv!,
          server.url,
          person.token,
          "buckets",
          "cp",
          file,
          `hf://buckets/${bucket}/model.safetensors`,
        );
      // The client keeps a cache for each of them, so that neither refers to what the other has sent.
      expect(await newBytes(copy)).toBeGreaterThan(shared.length);
      expect(await newBytes(copy)).toBe(0);
      await expectWhole(bucket, shared, person);
    }
  } finally {
    await rm(home, { recursive: true, force: true });
  }
});
