/** Every function of @huggingface/hub that works on buckets, against a started production server. */
import {
  checkRepoAccess,
  commit,
  copyFile,
  copyFiles,
  copyFolder,
  createRepo,
  deleteFile,
  deleteFiles,
  deleteRepo,
  downloadFile,
  fileDownloadInfo,
  fileExists,
  HubApiError,
  type ListFileEntry,
  listFiles,
  pathsInfo,
  repoExists,
  uploadFile,
  uploadFiles,
  uploadFilesWithProgress,
  whoAmI,
} from "@huggingface/hub";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { bytesOf, equalBytes, randomBytes, textBytes } from "./bytes.ts";
import { createPeople, type People } from "./people.ts";
import { startServer, type TestServer } from "./server.ts";

type Bucket = { type: "bucket"; name: string };

let server: TestServer;
let people: People;
let hub: { hubUrl: string; accessToken: string };
let stranger: { hubUrl: string; accessToken: string };
let count = 0;

beforeAll(async () => {
  server = await startServer();
  people = await createPeople(server);
  hub = { hubUrl: server.url, accessToken: people.owner.token };
  stranger = { hubUrl: server.url, accessToken: people.stranger.token };
});
afterAll(async () => {
  await server?.stop();
});

function nextName(): Bucket {
  count += 1;
  return { type: "bucket", name: `${people.owner.name}/js-${count}` };
}

async function newBucket(visibility: "public" | "private" = "public"): Promise<Bucket> {
  const repo = nextName();
  await createRepo({ ...hub, repo, visibility });
  return repo;
}

function fileOf(path: string, bytes: Uint8Array<ArrayBuffer>) {
  return { path, content: new Blob([bytes]) };
}

async function upload(repo: Bucket, files: Record<string, Uint8Array<ArrayBuffer>>): Promise<void> {
  await uploadFiles({ ...hub, repo, files: Object.entries(files).map(([path, bytes]) => fileOf(path, bytes)) });
}

async function read(repo: Bucket, path: string): Promise<Uint8Array> {
  const blob = await downloadFile({ ...hub, repo, path });
  if (blob === null) throw new Error(`${path} is missing`);
  return bytesOf(blob);
}

async function list(repo: Bucket, options: { path?: string; recursive?: boolean } = {}): Promise<ListFileEntry[]> {
  return Array.fromAsync(listFiles({ ...hub, repo, ...options }));
}

async function pathsIn(repo: Bucket): Promise<string[]> {
  return (await list(repo, { recursive: true })).map((entry) => entry.path);
}

/** The statusCode of the HubApiError that the action throws. */
async function statusOf(action: Promise<unknown>): Promise<number> {
  const error = await action.then(
    () => null,
    (thrown) => thrown,
  );
  if (!(error instanceof HubApiError)) throw new Error(`expected a HubApiError, got ${error}`);
  return error.statusCode;
}

describe("accounts and buckets", () => {
  test("whoAmI", async () => {
    const me = await whoAmI(hub);
    expect(me).toMatchObject({ type: "user", name: people.owner.name, email: `${people.owner.name}@example.org` });
    expect(me.auth.accessToken?.role).toBe("write");
    expect(me.type === "user" && me.orgs.map((org) => org.name)).toContain(people.org);
    expect(await statusOf(whoAmI({ ...hub, accessToken: "hf_wrong" }))).toBe(401);
  });

  test("createRepo, repoExists, checkRepoAccess, deleteRepo", async () => {
    const repo = nextName();
    expect(await repoExists({ ...hub, repo })).toBe(false);
    const made = await createRepo({ ...hub, repo });
    expect(made.repoUrl).toBe(`${server.url}/buckets/${repo.name}`);
    expect(made.id).toBeTruthy();
    expect(await repoExists({ ...hub, repo })).toBe(true);
    await checkRepoAccess({ ...hub, repo });
    expect(await statusOf(createRepo({ ...hub, repo }))).toBe(409);
    await deleteRepo({ ...hub, repo });
    expect(await repoExists({ ...hub, repo })).toBe(false);
    expect(await statusOf(deleteRepo({ ...hub, repo }))).toBe(404);
    expect(await statusOf(checkRepoAccess({ ...hub, repo }))).toBe(404);
  });

  test("a private bucket is there for its owner only", async () => {
    const repo = await newBucket("private");
    await upload(repo, { "a.txt": textBytes(10) });
    expect(await repoExists({ ...hub, repo })).toBe(true);
    expect(await repoExists({ ...stranger, repo })).toBe(false);
    expect(await repoExists({ hubUrl: server.url, repo })).toBe(false);
    expect(await statusOf(downloadFile({ ...stranger, repo, path: "a.txt" }))).toBe(404);
    expect(await statusOf(downloadFile({ hubUrl: server.url, repo, path: "a.txt" }))).toBe(401);
    expect(await statusOf(uploadFile({ ...stranger, repo, file: fileOf("b", textBytes(3)) }))).toBe(404);
  });

  test("a reader's token may not write", async () => {
    const repo = await newBucket();
    const reader = { ...hub, accessToken: people.owner.readToken };
    expect(await statusOf(uploadFile({ ...reader, repo, file: fileOf("b", textBytes(3)) }))).toBe(403);
    expect(await statusOf(deleteFile({ ...reader, repo, path: "b" }))).toBe(403);
    expect(await statusOf(createRepo({ ...reader, repo: nextName() }))).toBe(403);
  });

  test("'protected' is no visibility of buckets", async () => {
    expect(await statusOf(createRepo({ ...hub, repo: nextName(), visibility: "protected" }))).toBe(400);
  });
});

describe("uploads and downloads", () => {
  let repo: Bucket;
  beforeEach(async () => {
    repo = await newBucket();
  });

  test("uploadFile and downloadFile", async () => {
    const bytes = randomBytes(2_500_000, 1);
    await uploadFile({ ...hub, repo, file: fileOf("data/big.bin", bytes) });
    expect(equalBytes(await read(repo, "data/big.bin"), bytes)).toBe(true);
  });

  test("sizes about the cuts, compressible or not", async () => {
    const files: Record<string, Uint8Array<ArrayBuffer>> = {};
    for (const size of [0, 1, 7, 8_127, 8_192, 65_536, 131_071, 131_072, 131_073, 1_000_000]) {
      files[`random/${size}`] = randomBytes(size, size);
      files[`text/${size}`] = textBytes(size);
      files[`zeros/${size}`] = new Uint8Array(size);
    }
    await upload(repo, files);
    for (const [path, bytes] of Object.entries(files)) {
      expect(equalBytes(await read(repo, path), bytes), path).toBe(true);
    }
  });

  test("a file of several xorbs, in parallel and in series, and its slices", async () => {
    const bytes = randomBytes(150_000_000, 2);
    await uploadFile({ ...hub, repo, file: fileOf("model.bin", bytes) });
    for (const parallelDownloads of [true, false]) {
      const blob = await downloadFile({ ...hub, repo, path: "model.bin", parallelDownloads });
      expect(equalBytes(await bytesOf(blob!), bytes)).toBe(true);
    }
    const blob = await downloadFile({ ...hub, repo, path: "model.bin" });
    for (const [start, end] of [
      [0, 1],
      [0, 131_072],
      [66_999_990, 67_200_010],
      [149_999_999, 150_000_000],
      [12_345_678, 100_000_001],
    ]) {
      expect(equalBytes(await bytesOf(blob!.slice(start, end)), bytes.subarray(start, end))).toBe(true);
    }
  });

  test("without the content store's protocol: plain ranges of resolve", async () => {
    const bytes = randomBytes(3_000_000, 3);
    await uploadFile({ ...hub, repo, file: fileOf("plain.bin", bytes) });
    const blob = await downloadFile({ ...hub, repo, path: "plain.bin", xet: false });
    expect(equalBytes(await bytesOf(blob!), bytes)).toBe(true);
    expect(equalBytes(await bytesOf(blob!.slice(1_000_000, 1_000_100)), bytes.subarray(1_000_000, 1_000_100))).toBe(
      true,
    );
  });

  test("uploadFilesWithProgress tells where it is", async () => {
    const events = await Array.fromAsync(
      uploadFilesWithProgress({
        ...hub,
        repo,
        files: [fileOf("a.bin", randomBytes(5_000_000, 4)), fileOf("b.bin", textBytes(100_000))],
      }),
    );
    const last = events.filter((event) => event.event === "fileProgress" && event.path === "a.bin").at(-1);
    expect(last).toMatchObject({ progress: 1, state: "uploading" });
    expect(events).toContainEqual(expect.objectContaining({ event: "fileProgress", path: "b.bin", progress: 1 }));
    expect(await pathsIn(repo)).toEqual(["a.bin", "b.bin"]);
  });

  test("overwriting", async () => {
    await upload(repo, { f: textBytes(10) });
    await upload(repo, { f: randomBytes(99, 5) });
    expect(equalBytes(await read(repo, "f"), randomBytes(99, 5))).toBe(true);
    expect((await list(repo)).map((entry) => entry.size)).toEqual([99]);
  });

  test("hundreds of files: over a request of the batch and of paths-info", async () => {
    const files: Record<string, Uint8Array<ArrayBuffer>> = {};
    for (let n = 0; n < 450; n++) files[`d${n % 9}/f${String(n).padStart(4, "0")}`] = randomBytes(200 + n, n);
    await upload(repo, files);
    const infos = await pathsInfo({ ...hub, repo, paths: Object.keys(files) });
    expect(infos.length).toBe(450);
    for (const path of Object.keys(files).slice(0, 20)) {
      expect(equalBytes(await read(repo, path), files[path]!)).toBe(true);
    }
    await deleteFiles({ ...hub, repo, paths: Object.keys(files) });
    expect(await pathsIn(repo)).toEqual([]);
  });

  test("odd names", async () => {
    // This client puts paths into URLs as they are, so `#`, `?` and `%` are its caller's to encode.
    const files = Object.fromEntries(
      ["with space", "plus+and&amp", "日本語/ファイル", "caf\u00e9", "cafe\u0301", "a'b(c)", "semi;colon", "🛢"].map(
        (path, n) => [path, randomBytes(20 + n, n)],
      ),
    );
    await upload(repo, files);
    for (const [path, bytes] of Object.entries(files))
      expect(equalBytes(await read(repo, path), bytes), path).toBe(true);
    await upload(repo, { "50%25#1?x": randomBytes(9, 9) });
    expect(equalBytes(await read(repo, encodeURIComponent("50%25#1?x")), randomBytes(9, 9))).toBe(true);
    expect(await fileExists({ ...hub, repo, path: encodeURIComponent("50%25#1?x") })).toBe(true);
  });
});

describe("edits by range", () => {
  /** A fetch that counts what is sent to the content store and what of the file is read. */
  function counting() {
    const sent = { xorbBytes: 0, readBytes: 0, windows: 0 };
    const countingFetch: typeof fetch = async (input, init) => {
      const url = String(input instanceof Request ? input.url : input);
      if (/\/xorbs\//.test(url) && init?.method === "POST") sent.xorbBytes += (init.body as Uint8Array).byteLength;
      const answer = await fetch(input, init);
      if (url.includes("/file-chunk-hashes/") && answer.ok) sent.windows += 1;
      if (answer.status === 206) sent.readBytes += Number(answer.headers.get("content-length"));
      return answer;
    };
    return { sent, fetch: countingFetch };
  }

  function spliced(bytes: Uint8Array, start: number, end: number, insert: Uint8Array): Uint8Array {
    return Buffer.concat([bytes.subarray(0, start), insert, bytes.subarray(end)]);
  }

  /**
   * Three xorbs, so three terms. The client reads and cuts anew whole terms, the edited one and, as its cuts must settle again,
   * the next; it sends the chunks that are new.
   */
  const bytes = randomBytes(150_000_000, 6);
  const repo: Bucket = { type: "bucket", name: "" };
  beforeAll(async () => {
    repo.name = (await newBucket()).name;
    await uploadFile({ ...hub, repo, file: fileOf("big.bin", bytes) });
  });

  test.each([
    { what: "in the middle", start: 80_000_000, end: 80_000_500, size: 700 },
    { what: "at the start", start: 0, end: 100, size: 100 },
    { what: "appended", start: bytes.length, end: bytes.length, size: 50_000 },
    { what: "cut out", start: 10_000_000, end: 15_000_000, size: 0 },
  ])("$what: only what changed is sent", async ({ what, start, end, size }) => {
    const source = { repo, path: "big.bin" };
    await copyFile({ ...hub, source, destination: { repo, path: what } });
    const { sent, fetch } = counting();
    const originalContent = await downloadFile({ ...hub, repo, path: what, fetch });
    const insert = randomBytes(size, 7);
    const edits = [{ start, end, content: new Blob([insert]) }];
    const operations = [{ operation: "edit" as const, path: what, originalContent: originalContent!, edits }];
    await commit({ ...hub, repo, title: "edit", fetch, operations });
    expect(equalBytes(await read(repo, what), spliced(bytes, start, end, insert))).toBe(true);
    expect(sent.windows).toBeGreaterThan(0);
    expect(sent.xorbBytes).toBeLessThan(size + 1_000_000);
    expect(sent.readBytes).toBeLessThan(2 * 67_200_000);
  });

  test("several edits at once, then an append that needs no more facts", async () => {
    const log = randomBytes(30_000_000, 8);
    await uploadFile({ ...hub, repo, file: fileOf("log.bin", log) });
    const rangeEditCache = new Map();
    const edits = [
      { start: 1_000, end: 2_000, content: new Blob([textBytes(10)]) },
      { start: 15_000_000, end: 15_000_000, content: new Blob([textBytes(5_000)]) },
    ];
    const originalContent = await downloadFile({ ...hub, repo, path: "log.bin" });
    await uploadFiles({
      ...hub,
      repo,
      rangeEditCache,
      files: [{ path: "log.bin", originalContent: originalContent!, edits }],
    });
    let expected = spliced(spliced(log, 15_000_000, 15_000_000, textBytes(5_000)), 1_000, 2_000, textBytes(10));
    expect(equalBytes(await read(repo, "log.bin"), expected)).toBe(true);
    for (let n = 0; n < 3; n++) {
      const blob = await downloadFile({ ...hub, repo, path: "log.bin" });
      const end = expected.length;
      const more = randomBytes(10_000, n);
      await uploadFiles({
        ...hub,
        repo,
        rangeEditCache,
        files: [{ path: "log.bin", originalContent: blob!, edits: [{ start: end, end, content: new Blob([more]) }] }],
      });
      expected = Buffer.concat([expected, more]);
    }
    expect(equalBytes(await read(repo, "log.bin"), expected)).toBe(true);
  });
});

describe("listing and facts", () => {
  let repo: Bucket;
  const files = {
    "README.md": textBytes(100),
    "data.txt": textBytes(5),
    "data/a": textBytes(7),
    "data/b/c": randomBytes(70_000, 1),
    empty: new Uint8Array(0),
  };
  beforeAll(async () => {
    repo = await newBucket();
    await upload(repo, files);
  });

  test("listFiles, one level and all", async () => {
    expect((await list(repo)).map((entry) => [entry.type, entry.path])).toEqual([
      ["file", "README.md"],
      ["directory", "data"],
      ["file", "data.txt"],
      ["file", "empty"],
    ]);
    const below = await list(repo, { path: "data" });
    expect(below.map((entry) => entry.path)).toEqual(["data/a", "data/b"]);
    const all = await list(repo, { recursive: true });
    expect(all.map((entry) => entry.path)).toEqual(["README.md", "data.txt", "data/a", "data/b/c", "empty"]);
    for (const entry of all) {
      expect(entry.size).toBe(files[entry.path as keyof typeof files].length);
      expect(entry.xetHash).toMatch(/^[0-9a-f]{64}$/);
      expect(Date.parse(entry.uploadedAt!)).toBeGreaterThan(Date.now() - 600_000);
    }
    expect(await list(repo, { path: "nope" })).toEqual([]);
  });

  test("pathsInfo", async () => {
    const infos = await pathsInfo({ ...hub, repo, paths: ["data/a", "empty", "nope", "data"] });
    expect(infos.map((info) => info.path).sort()).toEqual(["data/a", "empty"]);
    expect(infos.find((info) => info.path === "empty")).toMatchObject({
      size: 0,
      xetHash: "0".repeat(64),
      type: "file",
    });
  });

  test("fileExists", async () => {
    for (const path of Object.keys(files)) expect(await fileExists({ ...hub, repo, path }), path).toBe(true);
    expect(await fileExists({ ...hub, repo, path: "nope" })).toBe(false);
    expect(await fileExists({ ...hub, repo, path: "data" })).toBe(false);
  });

  test("fileDownloadInfo", async () => {
    const info = await fileDownloadInfo({ ...hub, repo, path: "data/b/c" });
    const [entry] = await pathsInfo({ ...hub, repo, paths: ["data/b/c"] });
    expect(info).toMatchObject({ size: 70_000, xet: { hash: entry!.xetHash } });
    expect(info!.etag).toContain(entry!.xetHash);
    expect(info!.xet!.refreshUrl.href).toBe(`${server.url}/api/buckets/${repo.name}/xet-read-token`);
    expect(await fileDownloadInfo({ ...hub, repo, path: "empty" })).toMatchObject({ size: 0 });
    expect(await fileDownloadInfo({ ...hub, repo, path: "nope" })).toBeNull();
    expect(await downloadFile({ ...hub, repo, path: "nope" })).toBeNull();
  });

  test("an empty file downloads as one, either way", async () => {
    for (const xet of [true, false]) {
      const blob = await downloadFile({ ...hub, repo, path: "empty", xet });
      expect((await bytesOf(blob!)).length).toBe(0);
    }
  });
});

describe("copies and deletions", () => {
  let source: Bucket;
  let target: Bucket;
  const bytes = randomBytes(300_000, 9);
  beforeEach(async () => {
    source = await newBucket("private");
    target = await newBucket();
    await upload(source, { "big.bin": bytes, "d/a": textBytes(3), "d/e/b": textBytes(4), "de/c": textBytes(5) });
  });

  test("copyFile", async () => {
    await copyFile({
      ...hub,
      source: { repo: source, path: "big.bin" },
      destination: { repo: target, path: "x/copy.bin" },
    });
    expect(await pathsIn(target)).toEqual(["x/copy.bin"]);
    expect(equalBytes(await read(target, "x/copy.bin"), bytes)).toBe(true);
  });

  test("copyFiles", async () => {
    await copyFiles({
      ...hub,
      destination: target,
      files: [
        { source: { repo: source, path: "d/a" }, destinationPath: "1" },
        { source: { repo: source, path: "de/c" }, destinationPath: "2" },
      ],
    });
    expect(equalBytes(await read(target, "1"), textBytes(3))).toBe(true);
    expect(equalBytes(await read(target, "2"), textBytes(5))).toBe(true);
  });

  test("copyFolder", async () => {
    await copyFolder({ ...hub, source: { repo: source, path: "d" }, destination: { repo: target, path: "backup" } });
    expect(await pathsIn(target)).toEqual(["backup/a", "backup/e/b"]);
    await copyFolder({ ...hub, source: { repo: source }, destination: { repo: target, path: "all" } });
    expect((await pathsIn(target)).filter((path) => path.startsWith("all/"))).toEqual([
      "all/big.bin",
      "all/d/a",
      "all/d/e/b",
      "all/de/c",
    ]);
  });

  test("a stranger copies nothing from a private bucket, not even by hash", async () => {
    const theirs: Bucket = { type: "bucket", name: `${people.stranger.name}/js-${++count}` };
    await createRepo({ ...stranger, repo: theirs });
    const [entry] = await pathsInfo({ ...hub, repo: source, paths: ["big.bin"] });
    const destination = { repo: theirs, path: "stolen" };
    expect(await statusOf(copyFile({ ...stranger, source: { repo: source, path: "big.bin" }, destination }))).toBe(404);
    const operations = [
      { operation: "copy" as const, path: "stolen", sourceXetHash: entry!.xetHash!, sourceRepo: source },
    ];
    await expect(commit({ ...stranger, repo: theirs, title: "", operations })).rejects.toThrow();
    expect(await Array.fromAsync(listFiles({ ...stranger, repo: theirs }))).toEqual([]);
  });

  test("deleteFile and deleteFiles", async () => {
    await deleteFile({ ...hub, repo: source, path: "big.bin" });
    await deleteFiles({ ...hub, repo: source, paths: ["d/a", "d/e/b", "never-there"] });
    expect(await pathsIn(source)).toEqual(["de/c"]);
    expect((await list(source)).map((entry) => entry.path)).toEqual(["de"]);
  });

  test("adds and deletes in one commit", async () => {
    await commit({
      ...hub,
      repo: source,
      title: "",
      operations: [
        { operation: "addOrUpdate", path: "new", content: new Blob([textBytes(9)]) },
        { operation: "delete", path: "big.bin" },
      ],
    });
    expect(await pathsIn(source)).toEqual(["d/a", "d/e/b", "de/c", "new"]);
  });
});
