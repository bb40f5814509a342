/** Verifies every stored byte: blobs against rows, tables against blobs, files against tables. Nothing is written. */

import { isHubError } from "#lib/core/errors.ts";
import { HASH_BYTES, XORB_BODY_MAX } from "#lib/core/xet/constants.ts";
import { hashToHex, hexToHash, xorbHash } from "#lib/core/xet/hash.ts";
import { MerkleAccumulator } from "#lib/core/xet/merkle.ts";
import { ChunkOffsets } from "#lib/core/xet/xorb.ts";
import type { BlobStore } from "../blobs/blob-store.ts";
import { type Snapshot, scrubTables } from "../db/scrub.ts";
import { PackedTerms } from "../db/terms.ts";
import type { VerifiedXorb } from "./jobs.ts";
import { blobKey, parseBlobKey } from "./parts.ts";
import { pumpBody, type WorkerPool } from "./workers.ts";

export interface ScrubOptions {
  /** Asked for several short-lived ones: while a snapshot is open, the database's log of writes cannot shrink. */
  open: () => Snapshot;
  blobs: BlobStore;
  workers: WorkerPool;
  /** Told after each xorb. */
  onProgress?: (done: { xorbs: number; bytes: number; files: number }) => void;
}

/** `fault`: something is lost or wrong. `note`: harmless, for example a blob whose upload was never completed. */
export interface Finding {
  kind: "fault" | "note";
  text: string;
}

interface XorbRow {
  id: number;
  hash: Uint8Array;
  chunks: number;
  unpacked_bytes: number;
  stored_bytes: number;
  layout: number;
  dropped: number;
}

const same = (a: Uint8Array, b: Uint8Array) => Buffer.from(a.buffer, a.byteOffset, a.length).equals(b);
const fault = (text: string): Finding => ({ kind: "fault", text });

/** All findings. Xorbs that are uploaded meanwhile are not looked at. */
export async function* scrub(options: ScrubOptions): AsyncGenerator<Finding> {
  const { open, blobs, onProgress } = options;
  const done = { xorbs: 0, bytes: 0, files: 0 };
  const within = async function* (look: (snapshot: Snapshot) => AsyncGenerator<Finding>) {
    const snapshot = open();
    try {
      yield* look(snapshot);
    } finally {
      snapshot.close();
    }
  };
  yield* within(async function* (snapshot) {
    for (const text of scrubTables(snapshot)) yield fault(text);
    yield* scrubFiles(snapshot, done);
    yield* scrubIndex(snapshot);
  });
  for (let after = 0, more = true; more; ) {
    yield* within(async function* (snapshot) {
      const rows = snapshot.rows<XorbRow>("select * from xorbs where id > ? order by id limit 50", after);
      more = rows.length > 0;
      for (const row of rows) {
        after = row.id;
        yield* scrubXorb(snapshot, options, row);
        done.xorbs += 1;
        done.bytes += row.stored_bytes;
        onProgress?.(done);
      }
    });
  }
  yield* within((snapshot) => scrubBlobs(snapshot, blobs));
}

/** Blobs that no row names. */
async function* scrubBlobs(snapshot: Snapshot, blobs: BlobStore): AsyncGenerator<Finding> {
  for await (const { key } of blobs.list("xorbs")) {
    const named = parseBlobKey(key);
    const rows =
      named === null
        ? []
        : snapshot.rows<{ layout: number }>("select layout from xorbs where hash = ?", hexToHash(named.hash));
    if (rows.some(({ layout }) => layout === named?.layout)) continue;
    const why = rows.length === 0 ? "has no row: an upload" : "is not the one its row names: a change";
    yield { kind: "note", text: `blob ${key} ${why} under way, or swept at the next start` };
  }
}

/** One xorb: its blob unpacked and hashed, all that is kept about it compared. */
async function* scrubXorb(
  snapshot: Snapshot,
  { open, blobs, workers }: ScrubOptions,
  row: XorbRow,
): AsyncGenerator<Finding> {
  const name = `xorb ${hashToHex(row.hash)}`;
  const key = blobKey(hashToHex(row.hash), row.layout);
  const [table] = snapshot.rows<{ hashes: Uint8Array; offsets: Uint8Array }>(
    "select hashes, offsets from xorb_tables where xorb_id = ?",
    row.id,
  );
  // The tables are compared with each other elsewhere, and said to be wrong there.
  if (table === undefined) return;
  const blob = await blobs.head(key);
  if (blob === null) {
    // Garbage collection may have moved or removed it since the snapshot was made.
    if (!isStill(open, row)) return;
    return yield fault(`${name} is lost: it has no blob`);
  }
  if (blob.bytes !== row.stored_bytes) {
    return yield fault(`${name} has ${blob.bytes} bytes on disk, not ${row.stored_bytes}`);
  }
  const thinned = row.dropped > 0;
  const lane = workers.open({ kind: "xorb", hash: thinned ? null : new Uint8Array(row.hash), path: null });
  try {
    const body = blobs.get(key, { start: 0, end: blob.bytes });
    const verified = (await pumpBody(workers, lane, body, XORB_BODY_MAX)) as VerifiedXorb;
    for (const text of compareTable(row, table, verified)) yield fault(`${name}: ${text}`);
  } catch (error) {
    if (isHubError(error, "NotFound") && !isStill(open, row)) return;
    yield fault(`${name} is damaged: ${(error as Error).message}`);
  } finally {
    lane.close();
  }
}

/** Whether the xorb lies now where it lay when the snapshot was made. */
function isStill(open: () => Snapshot, { id, layout }: XorbRow): boolean {
  const snapshot = open();
  try {
    return snapshot.rows("select 1 from xorbs where id = ? and layout = ?", id, layout).length > 0;
  } finally {
    snapshot.close();
  }
}

/** What is kept of a xorb and is not so. Of dropped chunks only the hashes are left; the root shows that these are right. */
function* compareTable(row: XorbRow, table: { hashes: Uint8Array; offsets: Uint8Array }, verified: VerifiedXorb) {
  const [kept, found] = [ChunkOffsets.decode(table.offsets), ChunkOffsets.decode(verified.offsets)];
  const present = Array.from({ length: kept.count }, (_, i) => i).filter((i) => !kept.isDropped(i));
  const hashAt = (hashes: Uint8Array, i: number) => hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES);
  if (!present.every((chunk, i) => same(hashAt(table.hashes, chunk), hashAt(verified.hashes, i)))) {
    yield "the kept chunk hashes are not those of its chunks";
  }
  const fits = (chunk: number, i: number) =>
    kept.byteAt(chunk + 1) === found.byteAt(i + 1) && kept.lengthOf(chunk) === found.lengthOf(i);
  if (present.length !== found.count || !present.every(fits)) yield "the kept offsets are not those of its chunks";
  if (
    table.hashes.length !== row.chunks * HASH_BYTES ||
    kept.count !== row.chunks ||
    kept.count - present.length !== row.dropped ||
    kept.unpackedAt(kept.count) !== row.unpacked_bytes
  ) {
    yield "the kept number of chunks or bytes is wrong";
  } else if (row.dropped > 0) {
    const lengths = Uint32Array.from({ length: kept.count }, (_, i) => kept.lengthOf(i));
    if (!same(xorbHash(table.hashes, lengths), row.hash)) yield "the kept chunk hashes do not give its own";
  }
}

/** Every file's terms lie inside their xorbs and give its size and hash; its first chunk can be asked for. */
async function* scrubFiles(snapshot: Snapshot, done: { files: number }): AsyncGenerator<Finding> {
  const tables = new Map<number, { hashes: Uint8Array; offsets: ChunkOffsets } | null>();
  const tableOf = (id: number) => {
    let table = tables.get(id);
    if (table === undefined) {
      const [row] = snapshot.rows<{ hashes: Uint8Array; offsets: Uint8Array }>(
        "select hashes, offsets from xorb_tables where xorb_id = ?",
        id,
      );
      table = row === undefined ? null : { hashes: row.hashes, offsets: ChunkOffsets.decode(row.offsets) };
      if (tables.size >= 512) tables.delete(tables.keys().next().value!);
      tables.set(id, table);
    }
    return table;
  };
  for (let after = 0; ; ) {
    const rows = snapshot.rows<{ id: number; hash: Uint8Array; size: number; terms: Uint8Array }>(
      "select id, hash, size, terms from files where id > ? order by id limit 200",
      after,
    );
    if (rows.length === 0) return;
    after = rows.at(-1)!.id;
    for (const { id, hash, size, terms } of rows) {
      const problem = checkFile({ hash, size, terms }, tableOf);
      if (problem !== null) yield fault(`file ${hashToHex(hash)}: ${problem}`);
      const [first] = new PackedTerms(terms);
      const table = first === undefined ? null : tableOf(first.xorbId);
      if (table !== null && first !== undefined) {
        const head = table.hashes.slice(first.chunkStart * HASH_BYTES, (first.chunkStart + 1) * HASH_BYTES);
        if (snapshot.rows("select 1 from file_heads where hash = ? and file_id = ?", head, id).length === 0) {
          yield fault(`file ${hashToHex(hash)}: its first chunk is not kept`);
        }
      }
      for (const xorbId of new PackedTerms(terms).xorbIds()) {
        if (snapshot.rows("select 1 from xorb_files where xorb_id = ? and file_id = ?", xorbId, id).length > 0)
          continue;
        yield fault(`file ${hashToHex(hash)}: that it needs xorb ${xorbId} is not kept`);
      }
      done.files += 1;
    }
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What is wrong with a file; null: nothing. */
function checkFile(
  file: { hash: Uint8Array; size: number; terms: Uint8Array },
  tableOf: (id: number) => { hashes: Uint8Array; offsets: ChunkOffsets } | null,
): string | null {
  const tree = new MerkleAccumulator();
  let size = 0;
  for (const { xorbId, chunkStart, chunkEnd, unpackedLength } of new PackedTerms(file.terms)) {
    const table = tableOf(xorbId);
    if (table === null) return `xorb ${xorbId} is not there`;
    if (chunkStart >= chunkEnd || chunkEnd > table.offsets.count) return `a term lies outside xorb ${xorbId}`;
    if (table.offsets.hasDropped(chunkStart, chunkEnd))
      return `a term needs chunks of xorb ${xorbId} that were dropped`;
    if (table.offsets.unpackedAt(chunkEnd) - table.offsets.unpackedAt(chunkStart) !== unpackedLength) {
      return `a term of xorb ${xorbId} has another length`;
    }
    for (let i = chunkStart; i < chunkEnd; i++) {
      tree.push(table.hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES), table.offsets.lengthOf(i));
    }
    size += unpackedLength;
  }
  if (size !== file.size) return `its terms give ${size} bytes, not ${file.size}`;
  return same(tree.fileHash(), file.hash) ? null : "its terms give another hash";
}

/** Every indexed chunk is where the index says. */
async function* scrubIndex(snapshot: Snapshot): AsyncGenerator<Finding> {
  const wrong = snapshot.rows<{ xorb_id: number; chunk: number }>(
    `select c.xorb_id, c.chunk from chunk_index c join xorb_tables t on t.xorb_id = c.xorb_id
      where substr(t.hashes, c.chunk * 32 + 1, 32) <> c.hash limit 20`,
  );
  for (const { xorb_id, chunk } of wrong)
    yield fault(`the index has chunk ${chunk} of xorb ${xorb_id} under another hash`);
  const thinned = snapshot.rows<{ xorb_id: number; chunk: number; offsets: Uint8Array }>(
    `select c.xorb_id, c.chunk, t.offsets from chunk_index c join xorbs x on x.id = c.xorb_id
      join xorb_tables t on t.xorb_id = x.id where x.dropped > 0`,
  );
  for (const { xorb_id, chunk, offsets } of thinned) {
    if (ChunkOffsets.decode(offsets).isDropped(chunk)) {
      yield fault(`the index has chunk ${chunk} of xorb ${xorb_id}, which was dropped`);
    }
  }
}
