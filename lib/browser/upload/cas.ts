/**
 * The content store as the line sees it: xorbs and shards up, questions about chunks. Fourth stage. Its address and a short-lived
 * token come from the bucket's own route.
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { isHubError } from "#lib/core/errors.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import type { PackedXorb } from "./pack.ts";
import { jsonOf, type Wire, type WireAnswer, type WireRequest } from "./wire.ts";

/** Who the bucket's routes are asked as: the tab's own session needs neither. */
export interface HubAddress {
  /** "" in a tab. */
  origin: string;
  headers: Record<string, string>;
}

/** Seconds before its end at which a token is no longer used. */
const TOKEN_MARGIN = 120;

interface Token {
  casUrl: string;
  accessToken: string;
  /** By `performance.now`, so that a wrong clock does not matter; ms. */
  until: number;
}

/** What is asked of our own server at once (app/api/cas/v1/dedup). */
export interface DedupQuestion {
  /** Chunk hashes, text form. */
  chunks: string[];
  /** File hashes whose chunks are likely to occur. */
  files: string[];
  /** Also what this account sent to this bucket lately: the xorbs of an upload that was interrupted. */
  recent: boolean;
}

export interface DedupAnswer {
  shards: Uint8Array[];
  /** By our own server, which looks for all that follows in the files and uploads that a chunk is of. */
  gathered: boolean;
}

export class CasClient {
  readonly #wire: Wire;
  readonly #hub: HubAddress;
  readonly #bucket: BucketId;
  readonly #session = crypto.randomUUID();
  #token: Promise<Token> | null = null;
  /** False once the server said that it does not know the route. */
  #answersMany = true;

  constructor(wire: Wire, hub: HubAddress, bucket: BucketId) {
    this.#wire = wire;
    this.#hub = hub;
    this.#bucket = bucket;
  }

  /** Fetches a token, so that the first question need not wait for it. */
  prepare(): void {
    this.#currentToken().catch(() => {});
  }

  /** Stored, and verified by the server. `onSent` gets the bytes of the current try. */
  async putXorb({ ref, body }: PackedXorb, onSent: (bytes: number) => void): Promise<void> {
    const path = `/v1/xorbs/default/${hashToHex(ref.hash!)}`;
    await this.#send(path, { method: "POST", body, onSent }, true);
    ref.stored = true;
  }

  /** BadRequest: the store does not have, or does not let us use, what the shard refers to. */
  async putShard(shard: Blob): Promise<void> {
    await this.#send("/v1/shards", { method: "POST", body: shard });
  }

  /** Whether we may refer to the xorb. */
  async hasXorb(hash: string): Promise<boolean> {
    try {
      await this.#send(`/v1/xorbs/default/${hash}`, { method: "HEAD" });
      return true;
    } catch (error) {
      if (isHubError(error) && error.details.status === 404) return false;
      throw error;
    }
  }

  /** What the store knows; nothing where nobody answered. */
  async query(question: DedupQuestion): Promise<DedupAnswer> {
    if (this.#answersMany) {
      const answer = await this.#ask("/v1/dedup", { method: "POST", body: JSON.stringify(question) });
      if (answer !== null && answer.status < 300) return { shards: [answer.bytes], gathered: true };
      if (answer === null || ![404, 405, 501].includes(answer.status)) return { shards: [], gathered: false };
      this.#answersMany = false;
    }
    const answers = await Promise.all(
      question.chunks.map((chunk) => this.#ask(`/v1/chunks/default/${chunk}`, { method: "GET" })),
    );
    const shards = answers.flatMap((answer) => (answer !== null && answer.status < 300 ? [answer.bytes] : []));
    return { shards, gathered: false };
  }

  async #send(
    path: string,
    request: Pick<WireRequest, "method" | "body" | "onSent">,
    ofXorb = false,
  ): Promise<WireAnswer> {
    const make = async () => this.#address(path, request);
    return this.#wire.send(make, {
      ofXorb,
      renew: async () => {
        this.#token = null;
      },
    });
  }

  async #ask(path: string, request: Pick<WireRequest, "method" | "body">): Promise<WireAnswer | null> {
    return this.#wire.ask(await this.#address(path, request));
  }

  async #address<T extends object>(path: string, request: T) {
    const { casUrl, accessToken } = await this.#currentToken();
    return {
      ...request,
      url: casUrl + path,
      headers: { Authorization: `Bearer ${accessToken}`, "X-Xet-Session-Id": this.#session },
    };
  }

  async #currentToken(): Promise<Token> {
    const asked = this.#token;
    if (asked !== null) {
      const token = await asked;
      if (token.until > performance.now()) return token;
      // Another request may have asked meanwhile.
      if (this.#token !== asked && this.#token !== null) return this.#token;
    }
    const fresh = this.#askToken();
    this.#token = fresh;
    fresh.catch(() => {
      if (this.#token === fresh) this.#token = null;
    });
    return fresh;
  }

  async #askToken(): Promise<Token> {
    const { origin, headers } = this.#hub;
    const url = `${origin}/api/buckets/${encodePath(this.#bucket)}/xet-write-token`;
    const answer = await this.#wire.send(async () => ({ method: "GET", url, headers }), { ofBucket: true });
    const { casUrl, accessToken, exp } = jsonOf<{ casUrl: string; accessToken: string; exp: number }>(answer);
    const now = Date.parse(answer.headers.get("Date") ?? "") || Date.now();
    const lifetime = exp - now / 1000;
    const usable = Math.max(lifetime - TOKEN_MARGIN, lifetime / 2, 1);
    return { casUrl, accessToken, until: performance.now() + usable * 1000 };
  }
}

export interface SenderOptions {
  /** Gets the bytes that left since the last call. */
  sent: (bytes: number) => void;
  /** The store refuses a xorb, which is a fault of ours. */
  failed: (error: unknown) => void;
  slots: number;
}

/** Sends xorbs, a few at a time, while the line goes on. */
export class XorbSender {
  readonly #cas: CasClient;
  readonly #options: SenderOptions;
  readonly #running = new Set<Promise<void>>();

  constructor(cas: CasClient, options: SenderOptions) {
    this.#cas = cas;
    this.#options = options;
  }

  /** Resolves when the xorb is on its way and there is room for another to be filled; `stored` is called when it is stored. */
  async send(xorb: PackedXorb, stored: () => void): Promise<void> {
    const { slots, failed } = this.#options;
    const work: Promise<void> = this.#put(xorb)
      .then(stored)
      .catch(failed)
      .finally(() => this.#running.delete(work));
    this.#running.add(work);
    while (this.#running.size >= slots) await Promise.race(this.#running);
  }

  async #put(xorb: PackedXorb): Promise<void> {
    const { sent } = this.#options;
    let told = 0;
    await this.#cas.putXorb(xorb, (bytes) => {
      // A new try counts from nought, and what it sends was sent again.
      sent(bytes >= told ? bytes - told : bytes);
      told = bytes;
    });
    // Where the platform told nothing before the end, or counts less than all.
    if (told < xorb.body.size) sent(xorb.body.size - told);
  }
}

/** In flight at a time: with the one that is filled, four xorbs bound what is in memory and what an end of the tab costs. */
export const XORBS_AT_ONCE = 3;
