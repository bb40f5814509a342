/**
 * Requests of the line: tried again with growing pauses until they are answered, held at the gate when only a person can help,
 * and thrown as HubError when the request itself is wrong.
 */
import { HUB_ERROR_CODES, HubError, type HubErrorCode } from "#lib/core/errors.ts";
import type { Gate } from "./gate.ts";
import type { HoldReason } from "./job.ts";

export interface WireRequest {
  method: "GET" | "HEAD" | "POST";
  url: string;
  headers: Record<string, string>;
  body?: Blob | Uint8Array<ArrayBuffer> | string;
  signal: AbortSignal;
  /** Bytes of the body that left so far, where the platform tells. */
  onSent?: (bytes: number) => void;
}

export interface WireAnswer {
  status: number;
  headers: Headers;
  bytes: Uint8Array<ArrayBuffer>;
}

/** One try. Throws when there was no answer. */
export type Transport = (request: WireRequest) => Promise<WireAnswer>;

export function fetchTransport(fetch = globalThis.fetch.bind(globalThis)): Transport {
  return async ({ method, url, headers, body, signal, onSent }) => {
    const response = await fetch(url, { method, headers, body, signal });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (body instanceof Blob) onSent?.(body.size);
    return { status: response.status, headers: response.headers, bytes };
  };
}

/** Tells how much of a body has left, which fetch does not; for bodies that take long. */
export const xhrTransport: Transport = ({ method, url, headers, body, signal, onSent }) =>
  new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const end = () => signal.removeEventListener("abort", stop);
    request.open(method, url);
    request.responseType = "arraybuffer";
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    if (onSent) request.upload.onprogress = ({ loaded }) => onSent(loaded);
    request.onload = () => {
      end();
      const answered = new Headers();
      for (const line of request.getAllResponseHeaders().trim().split(/\r\n/)) {
        const at = line.indexOf(":");
        if (at > 0) answered.append(line.slice(0, at), line.slice(at + 1).trim());
      }
      resolve({ status: request.status, headers: answered, bytes: new Uint8Array(request.response ?? 0) });
    };
    request.onerror = () => {
      end();
      reject(new TypeError("Failed to send"));
    };
    request.onabort = () => {
      end();
      reject(signal.reason ?? new DOMException("Aborted", "AbortError"));
    };
    signal.addEventListener("abort", stop);
    request.send(body);
  });

export interface WireOptions {
  transport: Transport;
  gate: Gate;
  signal: AbortSignal;
  random?: () => number;
  /** First pause and longest pause between tries, ms. */
  pauses?: { first: number; most: number };
  /** How long a try may stand still, ms. */
  stalls?: typeof STALLS;
}

export interface SendOptions {
  /** Called once when the answer is 401: makes a new credential. */
  renew?: () => Promise<void>;
  /** A 404 means that the bucket is gone, not that the thing asked for is not there. */
  ofBucket?: boolean;
  /** A 413 means that there is no room left: no xorb of ours is too large in itself. */
  ofXorb?: boolean;
}

const PAUSES = { first: 400, most: 15_000 };
/**
 * Without a sign of life for so long a try is given up, ms. A xorb tells of its progress, and what the system holds back of it may be on
 * its way for long. Everything else is small: what its body may take is added.
 */
const STALLS = { xorb: 120_000, small: 60_000 };
/** Slowest connection that is waited for, bytes a ms. */
const SLOWEST = 32;
const ASK_TRIES = 4;
/** Failures in a row before the job says that it is retrying. */
const QUIET_TRIES = 2;

export class Wire {
  readonly #options: WireOptions;

  constructor(options: WireOptions) {
    this.#options = options;
  }

  get signal(): AbortSignal {
    return this.#options.signal;
  }

  /**
   * `make` is called for each try: credentials may be new. Resolves to a 2xx; throws HubError for what no repetition changes
   * (400, 409, 422 and the like, and 404 unless `ofBucket`).
   */
  async send(
    make: () => Promise<Omit<WireRequest, "signal">>,
    { renew, ...of }: SendOptions = {},
  ): Promise<WireAnswer> {
    const { gate, signal } = this.#options;
    let failures = 0;
    let renewed = false;
    while (true) {
      await gate.pass(signal);
      const answer = await this.#try(await make());
      if (answer !== null && answer.status < 300) {
        gate.answered();
        return answer;
      }
      const trouble = troubleOf(answer, of);
      if (trouble === null) throw toError(answer!);
      if (trouble.passes) {
        failures += 1;
        if (failures > QUIET_TRIES) gate.retrying(trouble.reason, trouble.message);
        await gate.sleep(this.#pause(failures, answer), signal);
      } else if (trouble.reason === "signed-out" && renew && !renewed) {
        renewed = true;
        await renew();
      } else {
        renewed = false;
        gate.hold(trouble.reason, trouble.message);
      }
    }
  }

  /** A few tries, for questions that may stay without an answer; null when there is none. */
  async ask(request: Omit<WireRequest, "signal">): Promise<WireAnswer | null> {
    for (let tries = 1; ; tries++) {
      const answer = await this.#try(request);
      const passes = answer === null || answer.status >= 500;
      if (!passes || tries === ASK_TRIES) return answer;
      await this.#options.gate.sleep(this.#pause(tries, answer), this.signal);
    }
  }

  /** Null when nobody answered, or nothing moved for long: a sleeping machine leaves dead connections behind. */
  async #try(request: Omit<WireRequest, "signal">): Promise<WireAnswer | null> {
    const { transport, signal, stalls = STALLS } = this.#options;
    const { onSent, body } = request;
    const wait = onSent ? stalls.xorb : stalls.small + sizeOf(body) / SLOWEST;
    const stalled = new AbortController();
    const stop = () => stalled.abort(new DOMException("Nothing moved for long", "TimeoutError"));
    let timer = setTimeout(stop, wait);
    const moved = (bytes: number) => {
      clearTimeout(timer);
      timer = setTimeout(stop, wait);
      onSent?.(bytes);
    };
    try {
      const both = AbortSignal.any([signal, stalled.signal]);
      return await transport({ ...request, signal: both, onSent: onSent && moved });
    } catch {
      signal.throwIfAborted();
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  #pause(failures: number, answer: WireAnswer | null): number {
    const { first, most } = this.#options.pauses ?? PAUSES;
    const asked = Number(answer?.headers.get("Retry-After") ?? 0) * 1000;
    const grown = Math.min(most, first * 2 ** Math.min(failures - 1, 16));
    return Math.max(
      Number.isFinite(asked) ? Math.min(asked, 60_000) : 0,
      grown * (0.5 + (this.#options.random ?? Math.random)()),
    );
  }
}

function sizeOf(body: WireRequest["body"]): number {
  return body === undefined ? 0 : body instanceof Blob ? body.size : body.length;
}

interface Trouble {
  reason: HoldReason;
  message: string;
  /** Goes away without a person. */
  passes: boolean;
}

/** What stands between the job and an answer; null when the request itself is wrong. */
function troubleOf(answer: WireAnswer | null, { ofBucket, ofXorb }: SendOptions): Trouble | null {
  if (answer === null) return { reason: "offline", message: "The server does not answer.", passes: true };
  const { status, headers } = answer;
  const message = messageOf(answer);
  const trouble = (reason: HoldReason, passes: boolean) => ({ reason, message, passes });
  if (status === 429) return trouble("busy", true);
  if (status === 507 || (status === 413 && ofXorb) || /quota/i.test(headers.get("X-Error-Code") ?? ""))
    return trouble("quota", false);
  if (status === 408 || (status >= 500 && status !== 501)) return trouble("server", true);
  if (status === 401) return trouble("signed-out", false);
  if (status === 403) return trouble(/quota|storage limit/i.test(message) ? "quota" : "forbidden", false);
  if (status === 404 && ofBucket) return trouble("gone", false);
  return null;
}

function bodyOf({ bytes }: WireAnswer): Record<string, unknown> {
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes));
    return typeof json === "object" && json !== null ? json : {};
  } catch {
    return {};
  }
}

function messageOf(answer: WireAnswer): string {
  const { error } = bodyOf(answer);
  return typeof error === "string" && error !== "" ? error : `The server answered with status ${answer.status}.`;
}

function toError(answer: WireAnswer): HubError {
  const named = answer.headers.get("X-Error-Code") as HubErrorCode | null;
  const code =
    named !== null && HUB_ERROR_CODES.includes(named) ? named : answer.status === 404 ? "NotFound" : "BadRequest";
  const { error: _, ...details } = bodyOf(answer);
  return new HubError(code, messageOf(answer), { details: { ...details, status: answer.status } });
}

export function jsonOf<T>({ bytes }: WireAnswer): T {
  return JSON.parse(new TextDecoder().decode(bytes)) as T;
}
