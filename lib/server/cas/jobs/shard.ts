/**
 * Checks a shard against the stored xorbs (reference/xet-protocol 4.3): every xorb usable by the caller or its use proven, every
 * range inside it, lengths, verification hashes and file hashes right. Nothing goes back before all of it is.
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
/** Unknown and not allowed must look alike: a hash must not tell whether somebody has the bytes. */
const notUploaded = (xorbHash: Uint8Array) => bad(`xorb ${hashToHex(xorbHash)} was not uploaded`);

/** Chunks after which another job gets its turn; some 2 ms. */
const TURN_CHUNKS = 2048;
/** A batch of verified files closes at either: some ms of the main thread, one transaction. */
const BATCH_FILES = 250;
const BATCH_TERM_BYTES = 1024 * 1024;
/** Xorbs asked for at once. */
const ASK_XORBS = 256;
/** Chunks that one shard may offer for dedup beside those that are indexed anyway. */
const OFFERS_MAX = 4096;

/** The name of a hash as a key of a Map: its bytes as characters. */
function nameOf(hash: Uint8Array): string {
  return Buffer.from(hash.buffer, hash.byteOffset, HASH_BYTES).toString("latin1");
}

/**
 * Walks the shard three times (who it refers to, whether it is right, what to store) rather than keep what it found: a shard
 * may name half a million files. Foreign xorbs cost one walk more, before anything else is said of the shard.
 */
export async function runShard(line: JobLine, { source }: ShardJob) {
  const bytes = typeof source === "string" ? new Uint8Array(readFileSync(source)) : source;
  const ids = new XorbIds(line);
  let total = 0;
  for await (const item of walkInTurns(line, bytes)) {
    if (item.kind === "xorb") continue;
    total += item.segments;
    for (let i = 0; i < item.segments; i++) await ids.want(item.segment(i).xorbHash);
  }
  await ids.settle();

  if (ids.foreign.size > 0) {
    for await (const item of walkInTurns(line, bytes)) if (item.kind === "file") await checkProofs(line, ids, item);
  }

  const verifier = new Verifier(line, ids, total);
  const offers = new Offers(line, ids);
  for await (const item of walkInTurns(line, bytes)) {
    if (item.kind === "file") await verifier.verify(item);
    else await offers.want(item);
  }
  await offers.settle();

  let batch: VerifiedFile[] = [];
  let batchBytes = 0;
  const send = async () => {
    if (batch.length === 0) return;
    line.send({ type: "files", files: batch } satisfies FileBatch);
    await line.receive<Ack>();
    batch = [];
    batchBytes = 0;
  };
  for await (const item of walkInTurns(line, bytes)) {
    if (item.kind === "xorb") break;
    const file = await toStore(line, ids, item);
    batch.push(file);
    batchBytes += file.terms.length;
    if (batch.length === BATCH_FILES || batchBytes >= BATCH_TERM_BYTES) await send();
  }
  await send();
  return { result: { offered: offers.found } satisfies ShardResult };
}

async function* walkInTurns(line: JobLine, bytes: Uint8Array): AsyncGenerator<ShardFile | ShardXorb> {
  let turn = 0;
  for (const item of walkShard(bytes)) {
    turn += item.kind === "file" ? 16 + item.segments : 16;
    yield item;
    if (turn < TURN_CHUNKS) continue;
    turn = 0;
    await line.breathe();
  }
}

/** A verified file as the tables keep it. */
async function toStore(line: JobLine, ids: XorbIds, file: ShardFile): Promise<VerifiedFile> {
  const terms = new PackedTerms(file.segments);
  let size = 0;
  let head: Uint8Array | null = null;
  for (let i = 0; i < file.segments; i++) {
    const { xorbHash, bytes, chunkStart, chunkEnd } = file.segment(i);
    const xorbId = ids.get(xorbHash);
    terms.set(i, { xorbId, chunkStart, chunkEnd, unpackedLength: bytes });
    size += bytes;
    if (i > 0) continue;
    const { hashes } = (await askTables(line, [xorbId])).get(xorbId)!;
    head = hashes.slice(chunkStart * HASH_BYTES, (chunkStart + 1) * HASH_BYTES);
  }
  return { hash: file.hash.slice(), size, terms: terms.bytes, head };
}

/**
 * A client's cache remembers chunks of xorbs that a dedup answer named while they could be read, and refers to them afterwards. The
 * verification hash of such a term proves possession, because it is made of chunk hashes, which this server tells nobody who
 * may not read the content. Not so for a xorb of one chunk: there the chunk's hash is the xorb's own name.
 */
async function checkProofs(line: JobLine, ids: XorbIds, file: ShardFile): Promise<void> {
  for (let i = 0; i < file.segments; i++) {
    const { xorbHash, bytes, chunkStart, chunkEnd } = file.segment(i);
    if (!ids.foreign.has(nameOf(xorbHash))) continue;
    const xorbId = ids.get(xorbHash);
    const table = (await askTables(line, [xorbId])).get(xorbId)!;
    const count = table.hashes.length / HASH_BYTES;
    const inside = count > 1 && chunkStart < chunkEnd && chunkEnd <= count;
    if (!inside || file.verification === null) throw notUploaded(xorbHash);
    const range = table.hashes.subarray(chunkStart * HASH_BYTES, chunkEnd * HASH_BYTES);
    const proven = Buffer.from(verificationHash(range)).equals(file.verification(i));
    if (!proven || unpackedBytes(table, chunkStart, chunkEnd) !== bytes) throw notUploaded(xorbHash);
  }
}

function unpackedBytes({ offsets }: XorbTable, chunkStart: number, chunkEnd: number): number {
  const ends = new DataView(offsets.buffer, offsets.byteOffset, offsets.byteLength);
  return ends.getUint32(8 * chunkEnd - 4, true) - (chunkStart === 0 ? 0 : ends.getUint32(8 * chunkStart - 4, true));
}

/** Which id each xorb hash of the shard has; asks in batches and fails at the first that is not here. */
class XorbIds {
  /** Names of those that the caller has no right to yet: each use must be proven. */
  readonly foreign = new Set<string>();
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
      if (ids[i] === 0) throw notUploaded(hash);
      if (ids[i] < 0) this.foreign.add(nameOf(hash));
      this.ids.set(nameOf(hash), Math.abs(ids[i]));
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

  /** Throws BadRequest. */
  async verify(file: ShardFile): Promise<void> {
    const name = `file ${hashToHex(file.hash)}`;
    const tree = new MerkleAccumulator();
    for (let i = 0; i < file.segments; i++) {
      const { xorbHash, bytes, chunkStart, chunkEnd } = file.segment(i);
      await this.open(this.ids.get(xorbHash));
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
      for (let chunk = chunkStart; chunk < chunkEnd; chunk++) {
        const hash = hashes.subarray(chunk * HASH_BYTES, (chunk + 1) * HASH_BYTES);
        tree.push(hash, this.unpackedAt(chunk + 1) - this.unpackedAt(chunk));
        this.turn += 1;
        if (this.turn >= TURN_CHUNKS) await this.breathe();
      }
      this.done += 1;
      this.turn += 8;
    }
    if (!Buffer.from(tree.fileHash()).equals(file.hash)) throw bad(`the terms do not give ${name}`);
    this.turn += 8;
    if (this.turn >= TURN_CHUNKS) await this.breathe();
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
class Offers {
  readonly found: ShardResult["offered"] = [];
  private readonly line: JobLine;
  private readonly ids: XorbIds;
  private wanted: ShardXorb[] = [];

  constructor(line: JobLine, ids: XorbIds) {
    this.line = line;
    this.ids = ids;
  }

  async want(xorb: ShardXorb): Promise<void> {
    this.wanted.push(xorb);
    if (this.wanted.length === ASK_XORBS) await this.settle();
  }

  /** Throws BadRequest when a known xorb is described wrongly. */
  async settle(): Promise<void> {
    const xorbs = this.wanted;
    this.wanted = [];
    const ids = await this.ids.ask(xorbs.map(({ hash }) => hash));
    for (const [i, xorb] of xorbs.entries()) {
      if (ids[i] > 0) await this.take(xorb, ids[i]);
    }
  }

  private async take(xorb: ShardXorb, xorbId: number): Promise<void> {
    const { hashes } = (await askTables(this.line, [xorbId])).get(xorbId)!;
    const name = `xorb ${hashToHex(xorb.hash)}`;
    if (xorb.chunks !== hashes.length / HASH_BYTES) throw bad(`${name} does not have ${xorb.chunks} chunks`);
    for (let i = 0; i < xorb.chunks; i++) {
      const chunk = xorb.chunk(i);
      if (!Buffer.from(chunk.hash).equals(hashes.subarray(i * HASH_BYTES, (i + 1) * HASH_BYTES))) {
        throw bad(`chunk ${i} of ${name} has another hash`);
      }
      if (chunk.offered && this.found.length < OFFERS_MAX)
        this.found.push({ hash: chunk.hash.slice(), xorbId, chunk: i });
    }
    await this.line.breathe();
  }
}
