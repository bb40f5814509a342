/** Native BLAKE3 behind lib/core/xet/hash.ts, where the prebuilt addon exists. Called once by each thread that hashes. */
import { createRequire } from "node:module";
import { DATA_KEY, VERIFICATION_KEY } from "#lib/core/xet/constants.ts";
import { setHashEngine } from "#lib/core/xet/hash.ts";
import { kernel } from "#lib/core/xet/kernel.ts";

/** The kernel is faster below this many bytes: a call of the addon costs 2 to 3 us, a new hasher even 12. */
const NATIVE_MIN = 2048;

/** True when the addon hashes chunks and term lists from now on; false when it is missing and the kernel goes on. */
export function installNativeHash(): boolean {
  let Blake3Hasher: typeof import("@napi-rs/blake-hash").Blake3Hasher;
  try {
    ({ Blake3Hasher } = createRequire(import.meta.url)("@napi-rs/blake-hash"));
  } catch {
    return false;
  }
  const keyed = (key: Uint8Array) => Blake3Hasher.newKeyed(Buffer.from(key));
  const hashers = new Map([DATA_KEY, VERIFICATION_KEY].map((key) => [key as Uint8Array, keyed(key)]));
  setHashEngine({
    keyedHash(key, bytes) {
      const hasher = hashers.get(key);
      if (hasher === undefined || bytes.length < NATIVE_MIN) return kernel().keyedHash(key, bytes);
      // Goes back to the key, not to unkeyed hashing.
      hasher.reset();
      return hasher.update(bytes).digestBuffer();
    },
  });
  return true;
}
