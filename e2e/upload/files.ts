/** Files on disk for uploads: large ones made at the speed of the disk, the same for the same seed, and what they consist of. */
import { type Cipheriv, createCipheriv, createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { Chunker } from "#lib/core/xet/chunk.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";

const PIECE = 4 * 1024 * 1024;
const ZEROS = Buffer.alloc(PIECE);

/** Random bytes of a seed, piece by piece. */
function randomStream(seed: number): Cipheriv {
  const key = createHash("sha256").update(`upload ${seed}`).digest();
  return createCipheriv("aes-256-ctr", key, Buffer.alloc(16));
}

/** Incompressible. Returns its SHA-256. */
export async function writeRandomFile(path: string, size: number, seed: number): Promise<string> {
  const random = randomStream(seed);
  const hash = createHash("sha256");
  const file = await open(path, "w");
  try {
    for (let at = 0; at < size; at += PIECE) {
      const piece = random.update(ZEROS.subarray(0, Math.min(PIECE, size - at)));
      hash.update(piece);
      await file.write(piece);
    }
  } finally {
    await file.close();
  }
  return hash.digest("hex");
}

export interface Checkpoint {
  /** Bytes of all tensors together, about. */
  size: number;
  layers: number;
  step: number;
  /** The weights of a layer: the same seed, the same bytes. */
  seedOf: (layer: number) => number;
}

/** What a transformer's layer is made of, by shares of its size. */
const TENSORS = {
  "input_layernorm.weight": 0.001,
  "self_attn.q_proj.weight": 0.12,
  "self_attn.k_proj.weight": 0.03,
  "self_attn.v_proj.weight": 0.03,
  "self_attn.o_proj.weight": 0.12,
  "mlp.gate_proj.weight": 0.233,
  "mlp.up_proj.weight": 0.233,
  "mlp.down_proj.weight": 0.233,
};

/** A safetensors file of bf16 weights: header, then the layers one after another. */
export async function writeCheckpoint(path: string, { size, layers, step, seedOf }: Checkpoint): Promise<void> {
  const header: Record<string, unknown> = { __metadata__: { format: "pt", step: String(step) } };
  const layerBytes: number[] = [];
  let offset = 0;
  for (let layer = 0; layer < layers; layer++) {
    const begin = offset;
    for (const [name, share] of Object.entries(TENSORS)) {
      const values = Math.round((size / layers / 2) * share);
      const offsets = [offset, offset + 2 * values];
      header[`model.layers.${layer}.${name}`] = { dtype: "BF16", shape: [values], data_offsets: offsets };
      offset = offsets[1];
    }
    layerBytes.push(offset - begin);
  }
  const json = Buffer.from(JSON.stringify(header));
  // The format wants tensors aligned to 8 bytes and pads its header with spaces.
  const padded = Buffer.alloc(Math.ceil(json.length / 8) * 8, " ");
  json.copy(padded);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  const file = await open(path, "w");
  try {
    await file.write(Buffer.concat([length, padded]));
    for (const [layer, bytes] of layerBytes.entries()) await writeWeights(file, bytes, seedOf(layer));
  } finally {
    await file.close();
  }
}

/** Random signs and mantissas under few exponents, as weights have them. */
async function writeWeights(file: FileHandle, size: number, seed: number): Promise<void> {
  const random = randomStream(seed);
  for (let at = 0; at < size; at += PIECE) {
    const piece = random.update(ZEROS.subarray(0, Math.min(PIECE, size - at)));
    const bytes = new Uint8Array(piece);
    const pairs = new Uint32Array(bytes.buffer, 0, bytes.length >> 2);
    for (let pair = 0; pair < pairs.length; pair++) pairs[pair] = (pairs[pair] & 0x81ff81ff) | 0x3c003c00;
    await file.write(bytes);
  }
}

export async function hashFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) hash.update(piece);
  return hash.digest("hex");
}

/** The chunks of a file by hash, and their lengths. */
export async function chunksOf(path: string): Promise<Map<string, number>> {
  const chunker = new Chunker();
  const chunks = new Map<string, number>();
  const take = ({ count, hashes, lengths }: ReturnType<Chunker["finish"]>) => {
    for (let at = 0; at < count; at++) chunks.set(hashToHex(hashes, at * 32), lengths[at]);
  };
  for await (const piece of createReadStream(path, { highWaterMark: PIECE })) take(chunker.push(piece as Uint8Array));
  take(chunker.finish());
  return chunks;
}

/** Bytes of the chunks that `file` has and `before` has not: what changed, and the chunks on its edges. */
export function changedBytes(before: Map<string, number>, file: Map<string, number>): number {
  let bytes = 0;
  for (const [hash, length] of file) if (!before.has(hash)) bytes += length;
  return bytes;
}
