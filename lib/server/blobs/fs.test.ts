import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { blobStoreContract } from "./blob-store.contract.ts";
import { createFileBlobs } from "./fs.ts";

const made: string[] = [];
const fresh = async () => {
  const dir = await mkdtemp(join(tmpdir(), "blobs-"));
  made.push(dir);
  return { dir: join(dir, "blobs"), tmp: join(dir, "tmp") };
};
afterAll(() => Promise.all(made.map((dir) => rm(dir, { recursive: true }))));

blobStoreContract("files", async () => createFileBlobs(await fresh()));

test("staged files of an earlier process go at start, blobs stay", async () => {
  const at = await fresh();
  const first = createFileBlobs(at);
  await first.discardStaged();
  await first.put("xorbs/abcd", { [Symbol.asyncIterator]: async function* () {} });
  await writeFile(first.stage(), "half");
  expect(await readdir(at.tmp)).toHaveLength(1);
  const second = createFileBlobs(at);
  await second.discardStaged();
  expect(await readdir(at.tmp)).toHaveLength(0);
  expect((await second.head("xorbs/abcd"))?.bytes).toBe(0);
});

test("a key cannot leave the folder", async () => {
  const store = createFileBlobs(await fresh());
  for (const key of ["../etc/passwd", "xorbs/../../x", "xorbs/a", "/x", "xorbs/a/b"]) {
    await expect(async () => store.head(key)).rejects.toThrow("Not a blob key");
  }
});
