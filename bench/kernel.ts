/** The kernel against what browsers have today: @huggingface/xetchunk-wasm for chunks and hashes, @huggingface/hub for compression. */
import { createChunker, getChunks } from "@huggingface/xetchunk-wasm";
import { Chunker, chunkBytes } from "../lib/core/xet/chunk.ts";
import { compressChunk, viewDecompressed } from "../lib/core/xet/compress.ts";
import { hashChunk } from "../lib/core/xet/hash.ts";
import { bf16Weights, randomBytes } from "../lib/core/xet/vectors/generate.ts";
import { type BenchResult, type BenchRow, compare, measure } from "./measure.ts";
import { hubCompression, hubWriteChunk } from "./peers/hub-compression.ts";

const MIB = 1024 * 1024;
const CHUNKED_BYTES = 64 * MIB;
const COMPRESSED_BYTES = 8 * MIB;

interface Sample {
  name: string;
  bytes: Uint8Array;
  chunks: Uint8Array[];
}

export async function run(): Promise<BenchResult[]> {
  const samples = [
    ["random", randomBytes(CHUNKED_BYTES, 1)],
    ["bf16 weights", bf16Weights(CHUNKED_BYTES, 2)],
    ["JSON lines", jsonLines(CHUNKED_BYTES / 4)],
  ] as const;
  const results: BenchResult[] = [];
  for (const [name, bytes] of samples) {
    const sample = { name, bytes, chunks: cut(bytes) };
    for (const row of [...chunkRows(sample), ...compressRows(sample)]) results.push(await measure(row));
    results.push(storedRow(sample));
  }
  return results;
}

/** The peer gets its whole input at once, which is its fastest way; we get what a stream gives, 1 MiB at a time. */
function chunkRows({ name, bytes, chunks }: Sample): BenchRow[] {
  return [
    {
      name: `chunk and hash, ${name}`,
      bytes: bytes.length,
      goal: { least: 2.8 },
      ours: () => stream(bytes),
      peer: () => getChunks(bytes),
    },
    {
      name: `chunk and hash, ${name}, both in 1 MiB pieces`,
      bytes: bytes.length,
      ours: () => stream(bytes),
      peer: () => {
        const chunker = createChunker();
        for (let from = 0; from < bytes.length; from += MIB) chunker.nextBlock(bytes.subarray(from, from + MIB), false);
        chunker.finish();
      },
    },
    {
      name: `hash alone, ${name}`,
      bytes: bytes.length,
      ours: () => {
        for (const chunk of chunks) hashChunk(chunk);
      },
    },
  ];
}

function compressRows(sample: Sample): BenchRow[] {
  const { name } = sample;
  const { chunks, size } = some(sample);
  const stored = chunks.map(hubWriteChunk);
  return [
    {
      name: `compress, ${name}`,
      bytes: size,
      rounds: 5,
      goal: { least: 8 },
      ours: () => {
        for (const chunk of chunks) compressChunk(chunk);
      },
      peer: () => {
        for (const chunk of chunks) hubWriteChunk(chunk);
      },
    },
    {
      name: `decompress, ${name}`,
      bytes: size,
      rounds: 5,
      ours: () => {
        for (const [index, { scheme, data }] of stored.entries()) viewDecompressed(scheme, data, chunks[index].length);
      },
      peer: () => {
        for (const [index, { scheme, data }] of stored.entries()) {
          if (scheme === 0) continue;
          const bytes = hubCompression.lz4Decompress(data, chunks[index].length);
          if (scheme === 2) hubCompression.bg4Regroup(bytes);
        }
      },
    },
  ];
}

/** Bytes that reach the store, of the same chunks. */
function storedRow(sample: Sample): BenchResult {
  const { chunks, size } = some(sample);
  const share = (sizes: number[]) => sizes.reduce((sum, length) => sum + length, 0) / size;
  const ours = share(chunks.map((chunk) => compressChunk(chunk).data.length));
  const peer = share(chunks.map((chunk) => hubWriteChunk(chunk).data.length));
  return compare({ name: `stored / raw, ${sample.name}`, unit: "", goal: { most: 1.01 } }, ours, peer);
}

function stream(bytes: Uint8Array): void {
  const chunker = new Chunker();
  for (let from = 0; from < bytes.length; from += MIB) chunker.push(bytes.subarray(from, from + MIB));
  chunker.finish();
}

function cut(bytes: Uint8Array): Uint8Array[] {
  let end = 0;
  return [...chunkBytes(bytes).lengths].map((length) => {
    end += length;
    return bytes.subarray(end - length, end);
  });
}

function some({ chunks }: Sample) {
  let size = 0;
  const taken: Uint8Array[] = [];
  for (const chunk of chunks) {
    if (size + chunk.length > COMPRESSED_BYTES) break;
    size += chunk.length;
    taken.push(chunk);
  }
  return { chunks: taken, size };
}

/** Records such as an agent's trace or a shard of text has them. */
function jsonLines(size: number): Uint8Array {
  const noise = randomBytes(size / 8, 3);
  const lines: string[] = [];
  for (let length = 0, at = 0; length < size; at += 12) {
    const hex = Buffer.from(noise.subarray(at % (noise.length - 12), (at % (noise.length - 12)) + 12)).toString("hex");
    const line = `{"step":${lines.length},"id":"${hex}","role":"${at % 5 ? "assistant" : "tool"}","loss":0.${hex.charCodeAt(3)}${hex.charCodeAt(7)},"text":"The answer is ${hex.slice(0, 4)}."}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join("")).subarray(0, size);
}
