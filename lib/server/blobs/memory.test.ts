import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll } from "vitest";
import { blobStoreContract } from "./blob-store.contract.ts";
import { createMemoryBlobs } from "./memory.ts";

let tmp: string;
beforeAll(async () => {
  tmp = await mkdtemp(join(tmpdir(), "blobs-"));
});
afterAll(() => rm(tmp, { recursive: true }));

blobStoreContract("memory", async () => createMemoryBlobs({ tmp }));
