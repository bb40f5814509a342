import { blobStoreContract } from "./blob-store.contract.ts";
import { createMemoryBlobs } from "./memory.ts";

blobStoreContract("memory", async () => createMemoryBlobs());
