/** Checks a serialized xorb while it streams in, and writes it to a staged file on the way (reference/xet-protocol 3.3). */
import { closeSync, fsync, ftruncateSync, openSync, rmSync, writeSync } from "node:fs";
import { promisify } from "node:util";
import { HubError } from "#lib/core/errors.ts";
import { viewDecompressed } from "#lib/core/xet/compress.ts";
import { HASH_BYTES, XORB_CHUNKS_MAX } from "#lib/core/xet/constants.ts";
import { hashChunk, hashToHex, xorbHash } from "#lib/core/xet/hash.ts";
import { XorbWalker } from "#lib/core/xet/xorb.ts";
import type { Ack, End, Piece, VerifiedXorb, XorbJob } from "../jobs.ts";
import type { JobLine } from "./line.ts";

const flush = promisify(fsync);

/** Unpacked bytes after which another stream gets its turn: a small piece may unpack to very much. */
const TURN_BYTES = 4 * 1024 * 1024;

export async function runXorb(line: JobLine, { hash, path }: XorbJob) {
  const fd = path === null ? null : openSync(path, "wx");
  let kept = false;
  try {
    const verified = await verify(line, fd);
    const { hashes, storedBytes, offsets } = verified;
    if (hash !== null) checkRoot(verified, hash);
    if (fd !== null) {
      ftruncateSync(fd, storedBytes);
      await flush(fd);
    }
    kept = true;
    return { result: verified, transfer: [hashes.buffer, offsets.buffer] };
  } finally {
    if (fd !== null) closeSync(fd);
    if (path !== null && !kept) rmSync(path, { force: true });
  }
}

function checkRoot({ hashes, chunks, offsets }: VerifiedXorb, hash: Uint8Array): void {
  const ends = new Uint32Array(offsets.buffer, 0, 2 * chunks);
  const lengths = Uint32Array.from({ length: chunks }, (_, i) => ends[2 * i + 1] - (i === 0 ? 0 : ends[2 * i - 1]));
  const root = xorbHash(hashes, lengths);
  if (Buffer.from(root).equals(hash)) return;
  throw new HubError("BadRequest", `The bytes are xorb ${hashToHex(root)}, not ${hashToHex(hash)}.`);
}

/** Every chunk unpacked and hashed. The tables have their buffers to themselves. */
async function verify(
  line: JobLine,
  fd: number | null,
): Promise<VerifiedXorb & { hashes: Uint8Array<ArrayBuffer>; offsets: Uint8Array<ArrayBuffer> }> {
  const walker = new XorbWalker();
  const hashes = new Uint8Array(XORB_CHUNKS_MAX * HASH_BYTES);
  const ends = new Uint32Array(2 * XORB_CHUNKS_MAX);
  let turn = 0;
  while (true) {
    const message = await line.receive<Piece | End>();
    if (message.type === "end") break;
    const piece = new Uint8Array(message.buffer, 0, message.length);
    if (fd !== null) writeFully(fd, piece);
    for (const { scheme, data, length, end } of walker.push(piece)) {
      const index = walker.chunks - 1;
      hashes.set(hashChunk(viewDecompressed(scheme, data, length)), index * HASH_BYTES);
      ends[2 * index] = end;
      ends[2 * index + 1] = walker.unpackedBytes;
      turn += length;
      if (turn < TURN_BYTES) continue;
      turn = 0;
      await line.breathe();
    }
    line.send({ type: "ack", buffer: message.buffer } satisfies Ack);
  }
  walker.finish();
  const { chunks, unpackedBytes, serializedBytes } = walker;
  const offsets = new Uint8Array(ends.slice(0, 2 * chunks).buffer);
  return { chunks, unpackedBytes, storedBytes: serializedBytes, hashes: hashes.slice(0, chunks * HASH_BYTES), offsets };
}

function writeFully(fd: number, piece: Uint8Array): void {
  for (let done = 0; done < piece.length; ) done += writeSync(fd, piece, done);
}
