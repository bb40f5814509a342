/**
 * The wire to the upstream Hub. What it sees to: the token goes to that Hub's own origin and nowhere else, every refusal and
 * every fault becomes a HubError, nothing waits for ever, a bucket that moved is told from one that is gone.
 */
import { createHash } from "node:crypto";
import { type BucketId, isName } from "#lib/core/bucket/id.ts";
import { HubError, type HubErrorCode } from "#lib/core/errors.ts";
import type { Actor } from "../actor.ts";
import { type Answer, answerError, parseJson, redact } from "./errors.ts";

export interface UpstreamOptions {
  /** Without a trailing slash. */
  hubUrl: string;
  fetch: typeof fetch;
  clock: () => number;
  /** How long the Hub may take for an answer, and between two pieces of a download; ms. */
  patience?: number;
}

export interface Ask {
  method?: "GET" | "POST" | "PUT" | "DELETE";
  headers?: Record<string, string>;
  body?: string;
  /** What a 404 means that does not say it itself. */
  missing: HubErrorCode;
  /** The bucket that is asked about: a redirect to another one means it moved. */
  bucketId?: BucketId;
  /** Default: the client's patience. */
  patience?: number;
}

/** A download in progress. `abort` lets go of the connection. */
export interface Opened {
  response: Response;
  /** X-Xet-Hash of whichever hop said it. */
  xetHash: string | null;
  abort(): void;
}

export interface UpstreamClient {
  readonly hubUrl: string;
  readonly patience: number;
  /** Stands for the actor in cache keys; says nothing of the token. */
  key(actor: Actor): string;
  /** `path` begins with "/" and may carry a query. Resolves for a 2xx only. */
  call(actor: Actor, path: string, ask: Ask): Promise<Answer>;
  /** As `call`, and the body as JSON. */
  json(actor: Actor, path: string, ask: Ask): Promise<{ value: unknown; headers: Headers }>;
  /** A GET whose body is streamed; follows redirects to other hosts, without the token. */
  open(actor: Actor, path: string, ask: Ask): Promise<Opened>;
  /** What `@huggingface/hub` is given: its `fetch` brings the token, so the library never holds it. */
  library(actor: Actor, ask: Omit<Ask, "method" | "headers" | "body">): LibraryParams;
}

export interface LibraryParams {
  hubUrl: string;
  fetch: typeof fetch;
  /** Empty: the library's own check of tokens does not apply, and it has nothing to leak. */
  accessToken: "";
}

const PATIENCE = 60_000;
const REDIRECTS_MAX = 5;
/** A page of 10,000 entries is some 4 MB; this is for a Hub gone wrong. */
const BODY_MAX = 128 * 1024 * 1024;

/** What the library throws of its own: it met an answer that it cannot read. */
export function libraryFault(error: unknown): HubError {
  if (error instanceof HubError) return error;
  return new HubError("UpstreamFailed", "The Hub answered in a form that @huggingface/hub cannot read.", {
    cause: error,
  });
}

function isBucketId(id: string): boolean {
  const [namespace, name, ...rest] = id.split("/");
  return rest.length === 0 && isName(namespace ?? "") && isName(name ?? "");
}

const moves = new WeakMap<HubError, BucketId>();

/** The bucket's new id, when `error` came from a redirect to it. */
export function movedTo(error: unknown): BucketId | null {
  return (error instanceof HubError && moves.get(error)) || null;
}

export function createUpstreamClient(options: UpstreamOptions): UpstreamClient {
  const { hubUrl, fetch } = options;
  const patience = options.patience ?? PATIENCE;
  const base = new URL(hubUrl);

  function tokenOf(actor: Actor): string | null {
    const token = actor.upstreamToken;
    // Anything else could not stand in a header, and fetch would repeat it in its complaint.
    if (token !== null && !/^[\x21-\x7e]{1,8192}$/.test(token)) {
      throw new HubError("Unauthorized", "Invalid credentials in Authorization header");
    }
    return token;
  }

  function fault(error: unknown, expired: boolean, limit: number, token: string | null): HubError {
    if (error instanceof HubError) return error;
    if (expired) {
      return new HubError("UpstreamFailed", `The Hub at ${base.host} did not answer within ${limit / 1000} seconds.`);
    }
    const { cause, message } = error as Error & { cause?: NodeJS.ErrnoException };
    const reason = redact(cause?.code ?? cause?.message ?? message, token);
    // The original error is left behind: what a network layer puts into its errors is not ours to log.
    return new HubError("UpstreamFailed", `The Hub at ${base.host} could not be reached (${reason}).`);
  }

  /** One request and its redirects, up to the headers of the last answer. */
  async function exchange(
    first: URL,
    ask: Ask,
    token: string | null,
    signal: AbortSignal,
    elsewhere: boolean,
  ): Promise<{ response: Response; home: boolean; xetHash: string | null }> {
    if (ask.bucketId !== undefined && !isBucketId(ask.bucketId)) {
      // It must not become part of a URL; no bucket is called so.
      throw new HubError("RepoNotFound", `Bucket ${ask.bucketId} not found.`);
    }
    const method = ask.method ?? "GET";
    let url = first;
    let home = first.origin === base.origin;
    let xetHash: string | null = null;
    for (let hop = 0; hop <= REDIRECTS_MAX; hop++) {
      const headers = new Headers(ask.headers);
      headers.delete("authorization");
      if (home && token !== null) headers.set("Authorization", `Bearer ${token}`);
      headers.set("User-Agent", "cooperage");
      const response = await fetchOnceMore(url, { method, headers, body: ask.body, redirect: "manual", signal });
      xetHash ??= response.headers.get("X-Xet-Hash");
      const location = response.headers.get("Location");
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null) {
        return { response, home, xetHash };
      }
      await response.body?.cancel();
      const next = URL.canParse(location, url) ? new URL(location, url) : null;
      if (next === null || !/^https?:$/.test(next.protocol)) break;
      if (next.origin === base.origin && home) {
        const other = bucketOf(next);
        if (ask.bucketId !== undefined && other !== null && other !== ask.bucketId) {
          const error = new HubError("RepoNotFound", `Bucket ${ask.bucketId} was moved to ${other}.`);
          moves.set(error, other);
          throw error;
        }
      } else if (!elsewhere || (url.protocol === "https:" && next.protocol === "http:")) {
        throw new HubError(
          "UpstreamFailed",
          `The Hub at ${base.host} redirects to ${next.host}; HUB_URL may be wrong.`,
        );
      } else {
        // Never back to sending it: only the first hops are known to be the Hub's own.
        home = false;
      }
      if (method !== "GET" && response.status < 307) break;
      url = next;
    }
    throw new HubError("UpstreamFailed", `The Hub at ${base.host} redirects in a way that cannot be followed.`);
  }

  /** A kept-alive connection may have been closed at the far end just now: a GET is tried once more. */
  async function fetchOnceMore(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init);
    } catch (error) {
      const code = (error as { cause?: NodeJS.ErrnoException }).cause?.code;
      if (init.method !== "GET" || (code !== "ECONNRESET" && code !== "UND_ERR_SOCKET")) throw error;
      return await fetch(url, init);
    }
  }

  /** "ns/name" of a URL of a bucket's page, API or file. */
  function bucketOf(url: URL): BucketId | null {
    const path = url.pathname.startsWith(base.pathname) ? url.pathname.slice(base.pathname.length) : url.pathname;
    const match = /^\/?(?:api\/)?buckets\/([^/]+)\/([^/]+)(?:\/|$)/.exec(path);
    return match === null ? null : `${decodeURIComponent(match[1]!)}/${decodeURIComponent(match[2]!)}`;
  }

  async function request(actor: Actor, url: URL, ask: Ask): Promise<Answer> {
    const token = tokenOf(actor);
    const limit = ask.patience ?? patience;
    const controller = new AbortController();
    const timer = setTimeout(() => controller.abort(), limit);
    try {
      const { response } = await exchange(url, ask, token, controller.signal, false);
      const answer = { status: response.status, headers: response.headers, text: await readText(response) };
      if (response.ok) return answer;
      throw answerError(answer, ask.missing, `${ask.method ?? "GET"} ${url.pathname}`, token);
    } catch (error) {
      const expired = controller.signal.aborted;
      controller.abort();
      throw fault(error, expired, limit, token);
    } finally {
      clearTimeout(timer);
    }
  }

  async function readText(response: Response): Promise<string> {
    const pieces: Uint8Array[] = [];
    let length = 0;
    for await (const piece of response.body ?? []) {
      length += piece.length;
      if (length > BODY_MAX) throw new HubError("UpstreamFailed", `The Hub at ${base.host} sent too long an answer.`);
      pieces.push(piece);
    }
    return Buffer.concat(pieces).toString("utf8");
  }

  const client: UpstreamClient = {
    hubUrl,
    patience,

    key(actor) {
      const token = tokenOf(actor);
      return token === null ? "" : createHash("sha256").update(token).digest("base64url");
    },

    call: (actor, path, ask) => request(actor, new URL(hubUrl + path), ask),

    async json(actor, path, ask) {
      const { text, headers } = await client.call(actor, path, ask);
      const value = parseJson(text);
      if (value === undefined) {
        throw new HubError("UpstreamFailed", `The Hub at ${base.host} answered with something that is not JSON.`);
      }
      return { value, headers };
    },

    async open(actor, path, ask) {
      const token = tokenOf(actor);
      const url = new URL(hubUrl + path);
      const limit = ask.patience ?? patience;
      const controller = new AbortController();
      const timer = setTimeout(() => controller.abort(), limit);
      try {
        const { response, home, xetHash } = await exchange(url, ask, token, controller.signal, true);
        if (response.ok) return { response, xetHash, abort: () => controller.abort() };
        if (!home) {
          // A refusal of the host that keeps the bytes says nothing about the caller's rights on the Hub.
          throw new HubError("UpstreamFailed", `The Hub's storage answered ${response.status} to a download.`);
        }
        const answer = { status: response.status, headers: response.headers, text: await readText(response) };
        throw answerError(answer, ask.missing, `GET ${url.pathname}`, token);
      } catch (error) {
        const expired = controller.signal.aborted;
        controller.abort();
        throw fault(error, expired, limit, token);
      } finally {
        clearTimeout(timer);
      }
    },

    library(actor, ask) {
      return {
        hubUrl,
        accessToken: "",
        async fetch(input, init = {}) {
          const asked = new URL(input instanceof Request ? input.url : input);
          // Link headers name the Hub as its clients see it; here it is known as HUB_URL.
          const url = new URL(base);
          url.pathname = asked.pathname;
          url.search = asked.search;
          const answer = await request(actor, url, {
            ...ask,
            method: (init.method as Ask["method"]) ?? "GET",
            headers: Object.fromEntries(new Headers(init.headers)),
            body: typeof init.body === "string" ? init.body : undefined,
          });
          const body = answer.text === "" ? null : answer.text;
          return new Response(body, { status: answer.status, headers: plainHeaders(answer.headers) });
        },
      };
    },
  };
  return client;
}

/** The body was unpacked on the way in. */
function plainHeaders(headers: Headers): Headers {
  const plain = new Headers(headers);
  plain.delete("content-encoding");
  plain.delete("content-length");
  return plain;
}

/** The query of `Link: <...>; rel="next"`, "" when there is no next page. The host in it is not followed. */
export function nextQuery(headers: Headers): string {
  const match = /<([^>]*)>\s*;\s*rel="?next"?/i.exec(headers.get("Link") ?? "");
  if (match === null || !URL.canParse(match[1]!, "http://hub")) return "";
  return new URL(match[1]!, "http://hub").search.slice(1);
}
