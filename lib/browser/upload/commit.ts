/**
 * Files whose bytes are stored -> shard -> bucket batch: last stage of the line. Many small files share a shard and a batch; what is
 * sent twice after a lost answer changes nothing.
 */
import mime from "mime";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { type FailedOperation, formatOperation } from "#lib/core/bucket/operation.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { isHubError } from "#lib/core/errors.ts";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import { hashToHex, hexToHash } from "#lib/core/xet/hash.ts";
import { encodeShard, type ShardFileInput, type ShardXorbInput } from "#lib/core/xet/shard.ts";
import type { CasClient, HubAddress } from "./cas.ts";
import { shardFile, type Term } from "./terms.ts";
import type { Wire } from "./wire.ts";
import type { XorbRef } from "./xorb.ts";

/** A file that was read to its end. */
export interface ReadFile {
  path: string;
  /** ms since the epoch; null: now. */
  mtime: number | null;
  xetHash: string;
  terms: readonly Term[];
  /** The bucket holds this content already: no shard needs to prove it. */
  held: boolean;
  /** What came under its path meanwhile must stay. */
  ifAbsent: boolean;
}

export interface CommitOutcome<F extends ReadFile> {
  landed: F[];
  /** Refused by the server, with its words. */
  refused: { file: F; message: string }[];
  /** Lean on xorbs that the store does not have: to be read again. */
  again: F[];
  /** Those xorbs. */
  lost: string[];
}

/** Most lines of a batch: what other clients send. */
export const BATCH_FILES = 1000;
/** A shard is closed at this size; the protocol allows 64 MiB. */
export const SHARD_BYTES = 8 * 1024 * 1024;
/**
 * Chunks of stored xorbs beyond which a shard of their own lists them, some 512 MiB of new data: what is kept until a file ends must not
 * grow with it, and beyond 90 GiB its shard would be larger than the protocol allows.
 */
const UNLISTED_CHUNKS = 8192;
/** Bytes of a record of a shard. */
const RECORD = 48;

/** Bytes that a file takes in a shard. */
export function shardBytes(file: ReadFile): number {
  return RECORD * (1 + 2 * file.terms.length);
}

export class Committer {
  readonly #wire: Wire;
  readonly #hub: HubAddress;
  readonly #bucket: BucketId;
  readonly #cas: CasClient;
  readonly #unlistedChunks: number;
  /** Xorbs made here that no shard has listed yet. */
  readonly #unlisted = new Map<XorbRef, ShardXorbInput>();
  /** A shard that lists xorbs alone, on its way. */
  #listing: Promise<void> = Promise.resolve();
  #listsAlone = true;

  /** `unlistedChunks`: of stored xorbs, beyond which these are listed without waiting for a file. */
  constructor(wire: Wire, hub: HubAddress, bucket: BucketId, cas: CasClient, unlistedChunks = UNLISTED_CHUNKS) {
    this.#unlistedChunks = unlistedChunks;
    this.#wire = wire;
    this.#hub = hub;
    this.#bucket = bucket;
    this.#cas = cas;
  }

  /** Notes a xorb that was made here: the first shard that refers to it lists its chunks. */
  note(ref: XorbRef, entry: ShardXorbInput): void {
    this.#unlisted.set(ref, entry);
  }

  /** Lists stored xorbs before a file needs them, once they are many. To be called when one was stored; throws what ends the job. */
  async listStored(): Promise<void> {
    this.#listing = this.#listing.then(() => this.#listMany());
    await this.#listing;
  }

  async #listMany(): Promise<void> {
    const stored = [...this.#unlisted].filter(([{ stored }]) => stored);
    const chunks = stored.reduce((sum, [, { lengths }]) => sum + lengths.length, 0);
    if (!this.#listsAlone || chunks < this.#unlistedChunks) return;
    try {
      const xorbs = stored.map(([, entry]) => entry);
      await this.#putShard([], xorbs);
      for (const [ref] of stored) this.#unlisted.delete(ref);
    } catch (error) {
      if (!isHubError(error)) throw error;
      // The shard of the first file that needs them will find out what is wrong.
      this.#listsAlone = false;
    }
  }

  /** Enters files into the bucket, all of whose xorbs are stored. At most BATCH_FILES. */
  async commit<F extends ReadFile>(files: readonly F[]): Promise<CommitOutcome<F>> {
    const outcome: CommitOutcome<F> = { landed: [], refused: [], again: [], lost: [] };
    const proven = await this.#prove(
      files.filter(({ held }) => !held),
      outcome,
    );
    await this.#enter([...files.filter(({ held }) => held), ...proven], outcome);
    return outcome;
  }

  /** Registers their content. Returns those that the store accepts. */
  async #prove<F extends ReadFile>(files: F[], outcome: CommitOutcome<F>): Promise<F[]> {
    const entries = new Map<string, ShardFileInput>();
    const used = new Set<XorbRef>();
    for (const { xetHash, terms } of files) {
      if (xetHash === ZERO_HASH) continue;
      if (!entries.has(xetHash)) entries.set(xetHash, shardFile(hexToHash(xetHash), terms));
      for (const { xorb } of terms) used.add(xorb);
    }
    if (entries.size === 0) return files;
    await this.#listing;
    const made = [...used].filter((ref) => this.#unlisted.has(ref));
    const listed = made.map((ref) => this.#unlisted.get(ref)!);
    try {
      await this.#putShard([...entries.values()], listed);
      for (const ref of made) this.#unlisted.delete(ref);
      return files;
    } catch (error) {
      if (!isHubError(error)) throw error;
      return await this.#withoutLost(files, error.message, outcome);
    }
  }

  /** As a Blob, so that its bytes live outside the worker while it waits and is tried again. */
  #putShard(files: ShardFileInput[], xorbs: ShardXorbInput[]): Promise<void> {
    return this.#cas.putShard(new Blob([encodeShard(files, xorbs) as Uint8Array<ArrayBuffer>]));
  }

  /** Tells files whose xorbs the store has from the others; the former are tried once more, one by one where it must be. */
  async #withoutLost<F extends ReadFile>(files: F[], message: string, outcome: CommitOutcome<F>): Promise<F[]> {
    const lost = new Set<string>();
    const used = new Set(files.flatMap(({ terms }) => terms.map(({ xorb }) => xorb)));
    for (const ref of used) {
      const hash = hashToHex(ref.hash!);
      if (!message.includes(hash) && (await this.#cas.hasXorb(hash))) continue;
      lost.add(hash);
      ref.lost = true;
    }
    outcome.lost.push(...lost);
    const whole: F[] = [];
    for (const file of files) {
      if (file.terms.some(({ xorb }) => xorb.lost)) outcome.again.push(file);
      else whole.push(file);
    }
    if (lost.size > 0) return whole.length > 0 ? this.#prove(whole, outcome) : [];
    // No xorb is missing, so one of the files is wrong in itself.
    if (files.length === 1) {
      outcome.refused.push({ file: files[0], message });
      return [];
    }
    const half = files.length >> 1;
    return [...(await this.#prove(files.slice(0, half), outcome)), ...(await this.#prove(files.slice(half), outcome))];
  }

  async #enter<F extends ReadFile>(files: F[], outcome: CommitOutcome<F>): Promise<void> {
    if (files.length === 0) return;
    const { origin, headers } = this.#hub;
    const url = `${origin}/api/buckets/${encodePath(this.#bucket)}/batch`;
    const body = files.map((file) => `${formatOperation(lineOf(file))}\n`).join("");
    try {
      await this.#wire.send(
        async () => ({ method: "POST", url, headers: { ...headers, "Content-Type": "application/x-ndjson" }, body }),
        { ofBucket: true },
      );
      outcome.landed.push(...files);
    } catch (error) {
      if (!isHubError(error)) throw error;
      const failed = new Map(failedOf(error.details).map((line) => [line.path, line.error]));
      const refused = files.filter(({ path }) => failed.has(path));
      if (refused.length === 0) {
        for (const file of files) outcome.refused.push({ file, message: error.message });
        return;
      }
      // Held content can be deleted by somebody at any moment: then it is proven like any other.
      const unproven = refused.filter(({ held, terms }) => held && terms.length > 0);
      for (const file of unproven) file.held = false;
      for (const file of refused) {
        if (!unproven.includes(file)) outcome.refused.push({ file, message: failed.get(file.path)! });
      }
      const rest = files.filter((file) => !refused.includes(file));
      await this.#enter([...rest, ...(await this.#prove(unproven, outcome))], outcome);
    }
  }
}

function failedOf(details: Record<string, unknown>): FailedOperation[] {
  const { failed } = details;
  return Array.isArray(failed) ? failed.filter((line) => typeof line?.path === "string" && line.path !== "") : [];
}

function lineOf({ path, mtime, xetHash, ifAbsent }: ReadFile) {
  const contentType = mime.getType(path) ?? undefined;
  return {
    type: "addFile" as const,
    path,
    xetHash,
    ...(mtime !== null && { mtime }),
    contentType,
    ...(ifAbsent && { ifAbsent }),
  };
}
