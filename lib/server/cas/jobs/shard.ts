/**
 * Checks a shard against the stored xorbs (reference/xet-protocol 4.3): every xorb usable by the caller, every range inside
 * it, lengths, verification hashes and file hashes right. Nothing goes back before all of it is.
 */
import { readFileSync } from "node:fs";
import { HubError } from "#lib/core/errors.ts";
import { HASH_BYTES } from "#lib/core/xet/constants.ts";
import { hashToHex, verificationHash } from "#lib/core/xet/hash.ts";
import { MerkleAccumulator } from "#lib/core/xet/merkle.ts";
import { type ShardFile, type ShardXorb, walkShard } from "#lib/core/xet/shard.ts";
import { PackedTerms } from "../../db/terms.ts";
import type { Ack, AskXorbs, FileBatch, Progress, ShardJob, ShardResult, VerifiedFile, XorbTable } from "../jobs.ts";
import { askTables, type JobLine } from "./line.ts";

const bad = (message: string) => new HubError("BadRequest", `Invalid shard: ${message}.`);

/** Chunks after which another job gets its turn; some 2 ms. */
const TURN_CHUNKS = 2048;
/** A batch of verified files closes at either. */
const BATCH_FILES = 500;
const BATCH_TERM_BYTES = 1024 * 1024;
/** Xorbs asked for at once. */
const ASK_XORBS = 256;
/** Chunks that one shard may offer for dedup beside those that are indexed anyway. */
const OFFERS_MAX = 4096;

/** The name of a hash as a key of a Map: its bytes as characters. */
function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, HASH_BYTES).toString("latin1");
}

export async function runShard(line: JobLine, { source }: ShardJob) {
  const bytes = typeof source === "string" ? new Uint8Array(readFileSync(source)) : source;
  const ids = new XorbIds(line);
  const files: ShardFile[] = [];
  const xorbs: ShardXorb[] = [];
  let total = 0;
  let turn = 0;
  for (const item of walkShard(bytes)) {
    turn += 16;
    if (item.kind === "xorb") xorbs.push(item);
    else {
      files.push(item);
      total += item.segments;
      turn += item.segments;
      for (let i = 0; i < item.segments; i++) await ids.want(item.segment(i).xorbHash);
    }
    if (turn < TURN_CHUNKS) continue;
    turn = 0;
    await line.breathe();
  }
  await ids.settle();

  const verifier = new Verifier(line, ids, total);
  const verified: VerifiedFile[] = [];
  for (const file of files) verified.push(await verifier.verify(file));
  const offered = await findOffered(line, ids, xorbs);

  for (const batch of batches(verified)) {
    line.send({ type: "files", files: batch } satisfies FileBatch);
    await line.receive<Ack>();
  }
  return { result: { offered } satisfies ShardResult };
}

/** Which id each xorb hash of the shard has; asks in batches and fails at the first that the caller may not use. */
class XorbIds {
  private readonly line: JobLine;
  private readonly ids = new Map<string, number>();
  private wanted: Uint8Array[] = [];

  constructor(line: JobLine) {
    this.line = line;
  }

  async want(hash: Uint8Array): Promise<void> {
    const name = nameOf(hash);
    if (this.ids.has(name)) return;
    this.ids.set(name, 0);
    this.wanted.push(hash);
    if (this.wanted.length === ASK_XORBS) await this.settle();
  }

  async settle(): Promise<void> {
    const asked = this.wanted;
    this.wanted = [];
    const ids = await this.ask(asked);
    asked.forEach((hash, i) => {
      // Unknown and not allowed must look alike: a hash must not tell whether somebody has the bytes.
      if (ids[i] === 0) throw bad(`xorb ${hashToHex(hash)} was not uploaded`);
      this.ids.set(nameOf(hash), ids[i]);
    });
  }

  async ask(hashes: Uint8Array[]): Promise<number[]> {
    if (hashes.length === 0) return [];
    const packed = new Uint8Array(hashes.length * HASH_BYTES);
    hashes.forEach((hash, i) => {
      packed.set(hash, i * HASH_BYTES);
    });
    this.line.send({ type: "xorbs", hashes: packed } satisfies AskXorbs, [packed.buffer]);
    return this.line.receive<number[]>();
  }

  get(hash: Uint8Array): number {
    return this.ids.get(nameOf(hash)) ?? 0;
  }
}

class Verifier {
  private readonly line: JobLine;
  private readonly ids: XorbIds;
  private readonly total: number;
  private done = 0;
  private turn = 0;
  private current = 0;
  private table: XorbTable = { hashes: new Uint8Array(0), offsets: new Uint8Array(0) };
  private ends: DataView = new DataView(new ArrayBuffer(0));

  constructor(line: JobLine, ids: XorbIds, total: number) {
    this.line = line;
    this.ids = ids;
    this.total = total;
  }

  async verify(file: ShardFile): Promise<VerifiedFile> {
    const name = `file ${hashToHex(file.hash)}`;
    const terms = new PackedTerms(file.segments);
    const tree = new MerkleAccumulator();
    let size = 0;
    let head: Uint8Array | null = null;
    for (let i = 0; i < file.segments; i++) {
      const { xorbHash, bytes, chunkStart, chunkEnd } = file.segment(i);
      const xorbId = this.ids.get(xorbHash);
      await this.open(xorbId);
      const { hashes } = this.table;
      const count = hashes.length / HASH_BYTES;
      if (chunkStart >= chunkEnd) throw bad(`term ${i} of ${name} is empty`);
      if (chunkEnd > count) throw bad(`term ${i} of ${name} ends at chunk ${chunkEnd}, its xorb has ${count}`);
      const unpackedLength = this.unpackedAt(chunkEnd) - this.unpackedAt(chunkStart);
      if (bytes !== unpackedLength) throw bad(`term ${i} of ${name} has ${unpackedLength} bytes, not ${bytes}`);
      const range = hashes.subarray(chunkStart * HASH_BYTES, chunkEnd * HASH_BYTES);
      if (file.verification !== null && !Buffer.from(verificationHash(range)).equals(file.verification(i))) {
        throw bad(`term ${i} of ${name} has a wrong verification hash`);
      }
      head ??= range.slice(0, HASH_BYTES);
      for (let chunk = chunkStart; chunk < chunkEnd; chunk++) {
        tree.push(
          hashes.subarray(chunk * HASH_BYTES, (chunk + 1) * HASH_BYTES),
          this.unpackedAt(chunk + 1) - this.unpackedAt(chunk),
        );
        this.turn += 1;
        if (this.turn >= TURN_CHUNKS) await this.breathe();
      }
      terms.set(i, { xorbId, chunkStart, chunkEnd, unpackedLength });
      size += unpackedLength;
      this.done += 1;
      this.turn += 8;
    }
    if (!Buffer.from(tree.fileHash()).equals(file.hash)) throw bad(`the terms do not give ${name}`);
    this.turn += 8;
    if (this.turn >= TURN_CHUNKS) await this.breathe();
    return { hash: file.hash.slice(), size, terms: terms.bytes, head };
  }

  private async breathe(): Promise<void> {
    this.turn = 0;
    this.line.send({ type: "progress", verified: this.done, total: this.total } satisfies Progress);
    await this.line.breathe();
  }

  private async open(xorbId: number): Promise<void> {
    if (xorbId === this.current) return;
    this.table = (await askTables(this.line, [xorbId])).get(xorbId)!;
    const { offsets } = this.table;
    this.ends = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
    this.current = xorbId;
  }

  private unpackedAt(chunk: number): number {
    return chunk === 0 ? 0 : this.ends.getUint32(8 * chunk - 4, true);
  }
}

/** The chunks a client offers for dedup. Xorbs the store does not know, or not for this caller, are passed over. */
async function findOffered(line: JobLine, ids: XorbIds, xorbs: ShardXorb[]): Promise<ShardResult["offered"]> {
  const offered: ShardResult["offered"] = [];
  for (let from = 0; from < xorbs.length && offered.length < OFFERS_MAX; from += ASK_XORBS) {
    const part = xorbs.slice(from, from + ASK_XORBS);
    const found = await ids.ask(part.map(({ hash }) => hash));
    for (const [i, xorb] of part.entries()) {
      if (found[i] !== 0) await takeOffered(line, xorb, found[i], offered);
    }
    await line.breathe();
  }
  return offered.slice(0, OFFERS_MAX);
}

async function takeOffered(line: JobLine, xorb: ShardXorb, xorbId: number, offered: ShardResult["offered"]) {
  const { hashes } = (await askTables(line, [xorbId])).get(xorbId)!;
  const name = `xorb ${hashToHex(xorb.hash)}`;
  if (xorb.chunks !== hashes.length / HASH_BYTES) throw bad(`${name} does not have ${xorb.chunks} chunks`);
  for (let i = 0; i < xorb.chunks; i++) {
    const chunk = xorb.chunk(i);
    if (!Buffer.from(chunk.hash).equals(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))) {
      throw bad(`chunk ${i} of ${name} has another hash`);
    }
    if (chunk.offered) offered.push({ hash: chunk.hash.slice(), xorbId, chunk: i });
  }
}

function* batches(files: VerifiedFile[]): Generator<VerifiedFile[]> {
  let batch: VerifiedFile[] = [];
  let bytes = 0;
  for (const file of files) {
    batch.push(file);
    bytes += file.terms.length;
    if (batch.length < BATCH_FILES && bytes < BATCH_TERM_BYTES) continue;
    yield batch;
    batch = [];
    bytes = 0;
  }
  if (batch.length > 0) yield batch;
}
