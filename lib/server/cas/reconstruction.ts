/** File hash -> terms and signed URLs, or decoded bytes (reference/xet-protocol 6.1 to 6.3, 6.6). */
import { HubError } from "#lib/core/errors.ts";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { hashToHex, hexToHash } from "#lib/core/xet/hash.ts";
import {
  ChunkCoverage,
  type FetchRange,
  type Reconstruction,
  type Term,
  trimTerm,
} from "#lib/core/xet/reconstruction.ts";
import { type FileRecord, findFileOf, findFilesById } from "../db/content.ts";
import { PackedTerms, type StoredTerm } from "../db/terms.ts";
import { MissingXorb } from "../db/xorb-content.ts";
import type { ByteRange, CasAccess, ChunkHashWindows } from "./cas.ts";
import type { Ack, AskTables, Decoded } from "./jobs.ts";
import { type CasParts, readTables, type XorbLayout } from "./parts.ts";
import { bytesOf, readChunks } from "./stored-bytes.ts";
import { Turn } from "./turn.ts";
import type { Lane } from "./workers.ts";

/** Xorbs whose layout is held at a time. */
const XORBS_AT_ONCE = 64;

/**
 * The file, if the token opens it: its bucket holds it. Who may write there may also read back what was uploaded to it and not yet
 * entered; a mere reader may not, or a file would stay readable after it was deleted. NotFound otherwise, known or not.
 */
async function openFile({ db }: CasParts, { bucketId, scope }: CasAccess, hash: string): Promise<FileRecord> {
  // Empty files hold nothing that could be kept from anybody, and not every client registers them.
  if (hash === ZERO_HASH) return { id: 0, hash: hexToHash(hash), size: 0, terms: new Uint8Array(0) };
  const file = await findFileOf(db.read, bucketId, hexToHash(hash), scope === "write" ? "proven" : "held");
  if (file === undefined) throw new HubError("NotFound", `No file ${hash}.`);
  return file;
}

/** Logical bytes. */
export async function headFile(parts: CasParts, access: CasAccess, hash: string): Promise<number> {
  return (await openFile(parts, access, hash)).size;
}

/** Where to fetch a byte range of a file: the end is clamped, a start at or past the end is RangeNotSatisfiable. */
export async function reconstruct(
  parts: CasParts,
  access: CasAccess,
  hash: string,
  range: ByteRange | null,
  origin: string,
): Promise<Reconstruction> {
  const file = await openFile(parts, access, hash);
  const start = range?.start ?? 0;
  const end = Math.min(range?.end ?? file.size, file.size);
  if (file.size === 0 && start === 0) return { offsetIntoFirstRange: 0, terms: [], fetches: [] };
  if (start >= file.size || start >= end) {
    throw new HubError("RangeNotSatisfiable", `The file has ${file.size} bytes.`, {
      headers: { "Content-Range": `bytes */${file.size}` },
    });
  }
  return whileThere(parts, file, () => locate(parts, file, { start, end }, origin));
}

/** `range` is not empty and lies inside the file. */
async function locate(parts: CasParts, file: FileRecord, range: ByteRange, origin: string): Promise<Reconstruction> {
  const turn = new Turn();
  const hashes = new Map<number, string>();
  const terms: Term[] = [];
  let offsetIntoFirstRange = 0;
  const selected = await selectTerms(file, range, turn);
  for (let at = 0; at < selected.length; at += XORBS_AT_ONCE) {
    const part = selected.slice(at, at + XORBS_AT_ONCE);
    const layouts = await layoutsOf(parts, part);
    for (const { term, from, to } of part) {
      const layout = layouts.get(term.xorbId)!;
      hashes.set(term.xorbId, layout.hash);
      const whole = termOf(term, layout.hash);
      if (from === 0 && to === term.unpackedLength) terms.push(whole);
      else {
        const trimmed = trimTerm(whole, layout.offsets, from, to);
        if (terms.length === 0) offsetIntoFirstRange = trimmed.skip;
        terms.push(trimmed.term);
      }
    }
    await turn.pass();
  }
  return { offsetIntoFirstRange, terms, fetches: await planFetches(parts, terms, hashes, origin, turn) };
}

function termOf({ chunkStart, chunkEnd, unpackedLength }: StoredTerm, xorbHash: string): Term {
  return { xorbHash, chunkStart, chunkEnd, unpackedLength };
}

interface SelectedTerm {
  term: StoredTerm;
  /** Wanted bytes, as unpacked offsets inside the term. */
  from: number;
  to: number;
}

/** The terms that hold bytes of `range`. */
async function selectTerms(file: FileRecord, { start, end }: ByteRange, turn: Turn): Promise<SelectedTerm[]> {
  const terms = new PackedTerms(file.terms);
  const selected: SelectedTerm[] = [];
  let at = 0;
  for (let i = 0; i < terms.count && at < end; i++) {
    const length = terms.lengthAt(i);
    if (at + length > start) {
      selected.push({ term: terms.get(i), from: Math.max(0, start - at), to: Math.min(length, end - at) });
    }
    at += length;
    if (i % 1024 === 0) await turn.pass();
  }
  return selected;
}

function layoutsOf(parts: CasParts, terms: { term: StoredTerm }[]): Promise<Map<number, XorbLayout>> {
  return layoutsById(parts, [...new Set(terms.map(({ term }) => term.xorbId))]);
}

/** Throws MissingXorb. */
async function layoutsById({ layouts }: CasParts, ids: number[]): Promise<Map<number, XorbLayout>> {
  const found = await layouts.get(ids);
  for (const id of ids) if (!found.has(id)) throw new MissingXorb(id);
  return found;
}

/** When garbage collection takes a deleted file while it is being read, that is no fault: NotFound. */
async function whileThere<T>({ db }: CasParts, file: FileRecord, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof MissingXorb) || (await findFilesById(db.read, [file.id])).length > 0) throw error;
    throw new HubError("NotFound", `The file ${hashToHex(file.hash)} is gone.`, { cause: error });
  }
}

/** The byte ranges that hold the terms' chunks, each with its URL. */
async function planFetches(
  parts: CasParts,
  terms: Term[],
  hashes: Map<number, string>,
  origin: string,
  turn: Turn,
): Promise<FetchRange[]> {
  const coverage = new ChunkCoverage();
  for (const [i, term] of terms.entries()) {
    coverage.add(term);
    if (i % 256 === 0) await turn.pass();
  }
  const fetches: FetchRange[] = [];
  const ids = [...hashes.keys()];
  for (let at = 0; at < ids.length; at += XORBS_AT_ONCE) {
    const found = await layoutsById(parts, ids.slice(at, at + XORBS_AT_ONCE));
    for (const { id, hash, layout, offsets } of found.values()) {
      for (const { chunkStart, chunkEnd } of coverage.runs(hash)) {
        const range = bytesOf(offsets, { start: chunkStart, end: chunkEnd });
        const signed = parts.signer.signRanges(hash, { xorbId: id, layout, ranges: [range] });
        const url = `${origin}/api/cas/v1/xorbs/default/${hash}?${signed}`;
        fetches.push({ xorbHash: hash, chunkStart, chunkEnd, byteStart: range.start, byteEnd: range.end, url });
        await turn.pass();
      }
    }
  }
  return fetches;
}

/** What a range edit must chunk anew, and a summary of the rest. */
export async function chunkHashes(
  parts: CasParts,
  access: CasAccess,
  hash: string,
  dirty: ByteRange[],
): Promise<ChunkHashWindows> {
  const file = await openFile(parts, access, hash);
  const { size, terms } = file;
  const clamped = dirty
    .map(({ start, end }) => ({ start, end: Math.min(end, size) }))
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start);
  if (clamped.length === 0) throw new HubError("BadRequest", "X-Range-Dirty names no byte of the file.");
  const merged = [clamped[0]];
  for (const range of clamped.slice(1)) {
    const last = merged.at(-1)!;
    if (range.start <= last.end) last.end = Math.max(last.end, range.end);
    else merged.push(range);
  }
  const lane = parts.workers.open({ kind: "windows", terms: new Uint8Array(terms), size, dirty: merged });
  const answer = async () => {
    while (true) {
      const message = (await lane.receive()) as AskTables | null;
      if (message === null) return lane.result() as ChunkHashWindows;
      lane.send(...(await readTables(parts.db, message.ids)));
    }
  };
  try {
    return await whileThere(parts, file, answer);
  } finally {
    lane.close();
  }
}

/**
 * Decoded bytes `[start, end)` of a file that an entry of the bucket was found to hold, though it may be replaced by now. NotFound when none
 * ever did and nothing was sent for one.
 */
export async function readFile(
  parts: CasParts,
  bucketId: number,
  hash: string,
  { start, end }: ByteRange,
): Promise<AsyncIterable<Uint8Array>> {
  if (hash === ZERO_HASH) return (async function* () {})();
  const file = await findFileOf(parts.db.read, bucketId, hexToHash(hash), "former");
  if (file === undefined) throw new HubError("NotFound", `No file ${hash}.`);
  if (start >= end) return (async function* () {})();
  if (end > file.size) throw new HubError("RangeNotSatisfiable", `The file has ${file.size} bytes.`);
  const selected = await selectTerms(file, { start, end }, new Turn());
  return decode(parts, file, selected, end - start);
}

async function* decode(
  parts: CasParts,
  file: FileRecord,
  terms: SelectedTerm[],
  total: number,
): AsyncGenerator<Uint8Array> {
  const lane = parts.workers.open({ kind: "decode", total });
  const feeder = new Feeder(parts, lane, terms);
  const feeding = whileThere(parts, file, () => feeder.run());
  // Its error comes out below; until then it must not count as unhandled, and the worker must not wait for more.
  feeding.catch(() => lane.close());
  try {
    while (true) {
      const message = (await lane.receive()) as Decoded | Ack | null;
      if (message === null) return;
      if (message.type === "ack") feeder.acknowledge(message);
      else {
        yield message.bytes;
        lane.send({ type: "ack" });
      }
    }
  } catch (error) {
    feeder.stop();
    // When the store could not be read, that is the reason why the job ended.
    await feeding;
    throw error;
  } finally {
    lane.close();
    feeder.stop();
  }
}

/** Pieces of stored bytes given to the worker and not yet unpacked. */
const FEED_UNDER_WAY = 4;

/** Sends the stored bytes of terms down a lane, a few pieces ahead of the worker, in buffers that come back. */
class Feeder {
  private readonly parts: CasParts;
  private readonly lane: Lane;
  private readonly terms: SelectedTerm[];
  private underWay = 0;
  private stopped = false;
  private wake: (() => void) | null = null;

  constructor(parts: CasParts, lane: Lane, terms: SelectedTerm[]) {
    this.parts = parts;
    this.lane = lane;
    this.terms = terms;
  }

  acknowledge({ buffer }: Ack): void {
    this.underWay -= 1;
    if (buffer !== undefined) this.parts.workers.giveBuffer(buffer);
    this.wake?.();
  }

  stop(): void {
    this.stopped = true;
    this.wake?.();
  }

  async run(): Promise<void> {
    for (let at = 0; at < this.terms.length; at += XORBS_AT_ONCE) {
      const part = this.terms.slice(at, at + XORBS_AT_ONCE);
      const layouts = await layoutsOf(this.parts, part);
      for (const { term, from, to } of part) {
        const layout = layouts.get(term.xorbId)!;
        const { term: trimmed, skip } = trimTerm(termOf(term, layout.hash), layout.offsets, from, to);
        this.lane.send({ type: "term", skip, take: to - from });
        await this.feed(readChunks(this.parts, layout, { start: trimmed.chunkStart, end: trimmed.chunkEnd }));
        if (this.stopped) return;
      }
    }
    this.lane.send({ type: "end" });
  }

  private async feed(bytes: AsyncIterable<Uint8Array>): Promise<void> {
    const { workers } = this.parts;
    for await (const piece of bytes) {
      for (let at = 0; at < piece.length; ) {
        while (this.underWay >= FEED_UNDER_WAY && !this.stopped) await this.room();
        if (this.stopped) return;
        const buffer = workers.takeBuffer();
        const part = piece.subarray(at, at + buffer.byteLength);
        new Uint8Array(buffer).set(part);
        at += part.length;
        this.underWay += 1;
        this.lane.send({ type: "piece", buffer, length: part.length });
      }
    }
  }

  private async room(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.wake = resolve;
    });
    this.wake = null;
  }
}
