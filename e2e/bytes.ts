/** Data for the suites: the same bytes for the same seed, on every machine. */

/** Incompressible. */
export function randomBytes(size: number, seed: number): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(Math.ceil(size / 4) * 4);
  const words = new Uint32Array(out.buffer);
  let a = seed | 0;
  let b = 0x9e3779b9;
  let c = 0x243f6a88;
  let d = 0xb7e15162;
  // sfc32: fast without BigInt, and its period is far beyond any file here.
  for (let at = -15; at < words.length; at++) {
    const t = (((a + b) | 0) + d) | 0;
    d = (d + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + t) | 0;
    if (at >= 0) words[at] = t;
  }
  return out.subarray(0, size);
}

export function textBytes(size: number): Uint8Array<ArrayBuffer> {
  const line = new TextEncoder().encode('{"step": 1, "loss": 0.125, "note": "the same line again"}\n');
  const out = new Uint8Array(size);
  for (let at = 0; at < size; at += line.length) out.set(line.subarray(0, size - at), at);
  return out;
}

export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

export async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}
