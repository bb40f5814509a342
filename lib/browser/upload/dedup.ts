/**
 * Which chunks need not be sent: second stage of the line. Knows the chunks of this job and what the store answered, and asks about
 * the first chunk of each file and every eligible one while hashing goes on (reference/xet-protocol 4.4, 5).
 */
import { hashToHex, hmacHash, isDedupEligible } from "#lib/core/xet/hash.ts";
import { decodeShardFooter, walkShard } from "#lib/core/xet/shard.ts";
import type { DedupAnswer, DedupQuestion } from "./cas.ts";
import { ChunkTable } from "./chunk-table.ts";
import { type Place, XorbRef } from "./xorb.ts";

/** Chunks of this job that are remembered: 16 GiB of new data, in some 13 MB. */
const OWN_CHUNKS_MAX = 256 * 1024;
/** Answers that are kept, newest first; every unknown chunk is looked up in each, under its own key. */
const ANSWERS_MAX = 16;
const ANSWERS_BYTES_MAX = 40 * 1024 * 1024;
/** Questions that travel together, and requests at a time. */
const QUESTION_CHUNKS = 256;
const QUESTION_FILES = 256;
const QUESTIONS_AT_ONCE = 2;
/** Eligible chunks come every 64 MiB or so: with fewer known xorbs to go than this, the next one is asked about although known. */
const XORBS_TO_GO = 24;
/** A gathered answer of fewer xorbs was not cut short: nothing more follows what it knows. */
const GATHERED_MOST = 64;
/** Hashes that were asked about are remembered, up to this many. */
const ASKED_MAX = 65_536;

interface Answer {
  key: Uint8Array;
  table: ChunkTable;
  /** Entry that the next chunk is expected at. */
  next: number;
  /** The store was asked for what follows it, and had nothing new to tell. */
  complete: boolean;
}

interface Waiting {
  seq: number;
  hash: Uint8Array;
  since: number;
  /** It is known already; what follows it is wanted. */
  ahead: boolean;
}

/** What travels with the next question: files of the bucket, and what was sent there lately. */
interface Hint {
  files: string[];
  recent: boolean;
}

/** A chunk that the store has, or this job. `own`: this job's. */
export interface Found extends Place {
  own: boolean;
}

export type AskStore = (question: DedupQuestion) => Promise<DedupAnswer>;

export class Dedup {
  readonly #ask: AskStore;
  readonly #answered: () => void;
  readonly #clock: () => number;
  readonly #patience: number;
  readonly #own: ChunkTable;
  #ownNext = -1;
  #answers: Answer[] = [];
  /** Xorbs of the store by hash, so that two answers mean the same one. */
  #xorbs = new Map<string, XorbRef>();
  #asked = new Set<string>();
  #pending: Waiting[] = [];
  #inFlight = new Set<Waiting[]>();
  /** The first answer often tells all: until it is there, no other question leaves. */
  #answeredOnce = false;
  #hint: Hint = { files: [], recent: false };
  #hinted = new Set<string>();

  /** `answered` is called whenever a question came to its end. `patience`: ms that a chunk waits for its answer. */
  constructor(
    ask: AskStore,
    answered: () => void,
    { clock = () => performance.now(), patience = 10_000, ownMost = OWN_CHUNKS_MAX } = {},
  ) {
    this.#ask = ask;
    this.#answered = answered;
    this.#clock = clock;
    this.#patience = patience;
    this.#own = new ChunkTable(512, ownMost);
  }

  /** Chunks that are kept in answers, in bytes of memory. */
  get answerBytes(): number {
    return this.#answers.reduce((sum, { table }) => sum + table.bytes, 0);
  }

  find(hash: Uint8Array): Found | null {
    const own = this.#own.find(hash, this.#ownNext);
    if (own >= 0) {
      this.#ownNext = own + 1;
      return { ...this.#own.place(own), own: true };
    }
    for (const [at, answer] of this.#answers.entries()) {
      const hidden = hmacHash(answer.key, hash);
      const entry = answer.table.find(hidden, answer.next);
      if (entry < 0) continue;
      answer.next = entry + 1;
      if (at > 0) {
        this.#answers.splice(at, 1);
        this.#answers.unshift(answer);
      }
      return { ...answer.table.place(entry), own: false };
    }
    return null;
  }

  /** Remembers a chunk that was packed. */
  add(hash: Uint8Array, { xorb, index }: Place): void {
    this.#own.add(hash, 0, xorb, index);
  }

  /**
   * Asks about a chunk where the protocol allows it and something may come of it. `found`: what `find` gave. True when the
   * chunk should wait for the answer.
   */
  consider(hash: Uint8Array, first: boolean, found: Found | null, seq: number): boolean {
    if (!first && !isDedupEligible(hash)) return false;
    const ahead = found !== null;
    const hinted = first && (this.#hint.recent || this.#hint.files.length > 0);
    if (!hinted && found !== null && (found.own || !this.#runsOut(hash))) return false;
    const name = hashToHex(hash);
    if (this.#asked.has(name) && !hinted) return false;
    if (this.#asked.size >= ASKED_MAX) this.#asked.clear();
    this.#asked.add(name);
    this.#pending.push({ seq, hash: hash.slice(), since: this.#clock(), ahead });
    this.#pump();
    return !ahead;
  }

  /** The next question asks for the chunks of these files too, which are likely to occur; `recent`: and for what was sent lately. */
  hint(files: readonly string[], recent: boolean): void {
    for (const file of files) {
      if (this.#hinted.has(file)) continue;
      this.#hinted.add(file);
      this.#hint.files.push(file);
    }
    this.#hint.recent ||= recent;
  }

  /** Number of the oldest chunk whose answer is worth waiting for; null when there is none. */
  oldest(): number | null {
    const limit = this.#clock() - this.#patience;
    let oldest: number | null = null;
    for (const list of [this.#pending, ...this.#inFlight]) {
      for (const { seq, since } of list) {
        if (since > limit && (oldest === null || seq < oldest)) oldest = seq;
      }
    }
    return oldest;
  }

  /** Nothing may lean on these xorbs of the store any more. */
  forget(hashes: readonly string[]): void {
    for (const hash of hashes) {
      const ref = this.#xorbs.get(hash);
      if (ref !== undefined) ref.lost = true;
    }
  }

  /** Whether a known eligible chunk lies so near the end of what its answer knows that the next answer should come now. */
  #runsOut(hash: Uint8Array): boolean {
    const [answer] = this.#answers;
    if (answer === undefined || answer.complete) return false;
    const entry = answer.table.find(hmacHash(answer.key, hash), answer.next - 1);
    return entry >= 0 && answer.table.xorbsAfter(entry) < XORBS_TO_GO;
  }

  /** Whether an answer has it, and enough of what follows it. */
  #isAnswered(hash: Uint8Array): boolean {
    const known = this.#answers.some(({ key, table }) => table.find(hmacHash(key, hash)) >= 0);
    return known && !this.#runsOut(hash);
  }

  #pump(): void {
    if (this.#pending.length === 0 || this.#inFlight.size >= (this.#answeredOnce ? QUESTIONS_AT_ONCE : 1)) return;
    const asked = this.#pending.splice(0, QUESTION_CHUNKS);
    const { files, recent } = this.#hint;
    this.#hint = { files: files.slice(QUESTION_FILES), recent: false };
    this.#inFlight.add(asked);
    const chunks = asked.map(({ hash }) => hashToHex(hash));
    this.#take({ chunks, files: files.slice(0, QUESTION_FILES), recent }).then((news) => {
      this.#inFlight.delete(asked);
      this.#answeredOnce = true;
      if (news) this.#pending = this.#pending.filter(({ hash }) => !this.#isAnswered(hash));
      if (!news && this.#answers.length > 0 && asked.some(({ ahead }) => ahead)) this.#answers[0].complete = true;
      this.#pump();
      this.#answered();
    });
  }

  /** True when it told something new. Never throws: without an answer chunks are new. */
  async #take(question: DedupQuestion): Promise<boolean> {
    let news = false;
    try {
      const { shards, gathered } = await this.#ask(question);
      for (const shard of shards) news = this.#learn(shard, gathered) || news;
    } catch {
      // An answer that cannot be read is none.
    }
    return news;
  }

  #learn(shard: Uint8Array, gathered: boolean): boolean {
    const footer = decodeShardFooter(shard);
    if (footer === null) return false;
    const xorbs = [...walkShard(shard)].filter((item) => item.kind === "xorb");
    const isKnown = (ref: XorbRef) => this.#answers.some(({ table }) => table.holds(ref));
    if (xorbs.every(({ hash }) => isKnown(this.#refOf(hash)))) return false;
    const table = new ChunkTable(Math.ceil(shard.length / 48));
    for (const { hash, chunks, chunk } of xorbs) {
      const ref = this.#refOf(hash);
      for (let index = 0; index < chunks; index++) table.add(chunk(index).hash, 0, ref, index);
    }
    this.#answers.unshift({ key: footer.hmacKey, table, next: -1, complete: gathered && xorbs.length < GATHERED_MOST });
    while (this.#answers.length > ANSWERS_MAX || (this.#answers.length > 1 && this.answerBytes > ANSWERS_BYTES_MAX)) {
      this.#answers.pop();
    }
    return true;
  }

  #refOf(hash: Uint8Array): XorbRef {
    const name = hashToHex(hash);
    let ref = this.#xorbs.get(name);
    if (ref === undefined) {
      ref = new XorbRef(hash.slice());
      this.#xorbs.set(name, ref);
    }
    return ref;
  }
}
