import { afterEach, expect, test } from "vitest";
import { DATA_KEY, NODE_KEY, VERIFICATION_KEY } from "#lib/core/xet/constants.ts";
import { hashChunk, hmacHash, keyedHash, setHashEngine, verificationHash } from "#lib/core/xet/hash.ts";
import { kernel } from "#lib/core/xet/kernel.ts";
import { randomBytes } from "#lib/core/xet/vectors/generate.ts";
import { installNativeHash } from "./native-hash.ts";

afterEach(() => setHashEngine(null));

test("hashes as the kernel does, call after call and key after key", () => {
  expect(installNativeHash()).toBe(true);
  for (const size of [0, 32, 2047, 2048, 65_536, 131_072, 3_000_000]) {
    const bytes = randomBytes(size, size);
    for (let again = 0; again < 2; again++) {
      expect(Uint8Array.from(hashChunk(bytes))).toEqual(kernel().keyedHash(DATA_KEY, bytes));
      expect(Uint8Array.from(verificationHash(bytes))).toEqual(kernel().keyedHash(VERIFICATION_KEY, bytes));
      expect(Uint8Array.from(keyedHash(NODE_KEY, bytes))).toEqual(kernel().keyedHash(NODE_KEY, bytes));
    }
  }
  const key = randomBytes(32, 1);
  expect(hmacHash(key, DATA_KEY)).toEqual(kernel().keyedHash(key, DATA_KEY));
});
