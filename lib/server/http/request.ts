/** Reading requests: body, JSON, lines, Range. HTTP's inclusive range ends exist only in this folder. */
import type { IncomingMessage } from "node:http";
import type { z } from "zod";
import { HubError } from "#lib/core/errors.ts";

/** Node's own message behind a Request, so that a bulk body need not pass through a web stream. */
const incoming = new WeakMap<Request, IncomingMessage>();
const ids = new WeakMap<Request, string>();

export function attachIncoming(request: Request, message: IncomingMessage, id: string): void {
  incoming.set(request, message);
  ids.set(request, id);
}

/** The id that stands in the log and in `X-Request-Id`. */
export function requestId(request: Request): string {
  let id = ids.get(request);
  if (id === undefined) {
    id =
      request.headers
        .get("x-request-id")
        ?.replace(/[^\w.-]/g, "")
        .slice(0, 64) || crypto.randomUUID();
    ids.set(request, id);
  }
  return id;
}

/** The body in pieces as they arrive. Throws BadRequest when it stops half way, PayloadTooLarge past `limit` bytes. */
export async function* requestBody(request: Request, limit = Number.POSITIVE_INFINITY): AsyncGenerator<Uint8Array> {
  const tooLarge = () => new HubError("PayloadTooLarge", `The body is larger than ${limit} bytes.`);
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > limit) throw tooLarge();
  const source: AsyncIterable<Uint8Array> | null = incoming.get(request) ?? request.body;
  if (source === null) return;
  let length = 0;
  try {
    for await (const piece of source) {
      length += piece.length;
      if (length > limit) throw tooLarge();
      yield piece;
    }
  } catch (error) {
    if (error instanceof HubError) throw error;
    const code = (error as NodeJS.ErrnoException)?.code;
    if (code !== "ECONNRESET" && code !== "ERR_STREAM_PREMATURE_CLOSE" && (error as Error)?.name !== "AbortError")
      throw error;
    throw new HubError("BadRequest", `The body stopped after ${length} bytes.`, { cause: error });
  }
}

/** The whole body, for bodies that are small by nature. */
export async function readBytes(request: Request, limit: number): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  for await (const piece of requestBody(request, limit)) pieces.push(piece);
  return pieces.length === 1 ? pieces[0]! : Buffer.concat(pieces);
}

const decoder = new TextDecoder("utf-8", { fatal: true });

function decode(bytes: Uint8Array, what: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    throw new HubError("BadRequest", `${what} is not valid UTF-8.`, { cause });
  }
}

/** JSON checked by `schema`; an empty body reads as `{}` because clients send none where all fields are optional. */
export async function readJson<T>(request: Request, schema: z.ZodType<T>, limit = 4 * 1024 * 1024): Promise<T> {
  const text = decode(await readBytes(request, limit), "The body");
  let json: unknown;
  try {
    json = text.trim() === "" ? {} : JSON.parse(text);
  } catch (cause) {
    throw new HubError("BadRequest", `The body is not valid JSON: ${(cause as Error).message}.`, { cause });
  }
  return checkShape(json, schema);
}

/** Throws BadRequest that names the first field that is wrong. */
export function checkShape<T>(value: unknown, schema: z.ZodType<T>): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0]!;
  const field = issue.path.join(".");
  throw new HubError("BadRequest", `${field === "" ? "The body" : `'${field}'`}: ${issue.message}.`);
}

/** Lines of an NDJSON body with their 1-based number; blank lines are skipped but counted. */
export async function* readLines(
  request: Request,
  { bodyLimit, lineLimit }: { bodyLimit: number; lineLimit: number },
): AsyncGenerator<{ line: string; number: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let number = 0;
  const check = (length: number) => {
    if (length > lineLimit)
      throw new HubError("PayloadTooLarge", `Line ${number + 1} is longer than ${lineLimit} bytes.`);
  };
  const take = (bytes: Uint8Array) => {
    number += 1;
    return { line: decode(bytes, `Line ${number}`), number };
  };
  for await (const piece of requestBody(request, bodyLimit)) {
    const data: Buffer =
      rest.length === 0 ? Buffer.from(piece.buffer, piece.byteOffset, piece.length) : Buffer.concat([rest, piece]);
    let start = 0;
    for (let end = data.indexOf(10); end !== -1; end = data.indexOf(10, start)) {
      check(end - start);
      const line = take(data.subarray(start, end));
      if (line.line.trim() !== "") yield line;
      start = end + 1;
    }
    rest = data.subarray(start);
    check(rest.length);
  }
  if (rest.length > 0) {
    const line = take(rest);
    if (line.line.trim() !== "") yield line;
  }
}

/** A parsed `Range: bytes=...`, not yet held against a size: `end` exclusive, null = to the end; `start` null = last `end` bytes. */
export interface RangeSpec {
  start: number | null;
  end: number | null;
}

/** All ranges of a `bytes` Range header; null when absent or of another unit. Throws BadRequest when it is malformed. */
export function parseRanges(header: string | null): RangeSpec[] | null {
  if (header === null || !/^bytes=/i.test(header)) return null;
  const bad = () => new HubError("BadRequest", `Invalid Range ${JSON.stringify(header.slice(0, 100))}.`);
  const number = (text: string) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value)) throw bad();
    return value;
  };
  return header
    .slice(6)
    .split(",")
    .map((part) => {
      const match = /^\s*(\d*)-(\d*)\s*$/.exec(part);
      if (match === null || (match[1] === "" && match[2] === "")) throw bad();
      if (match[1] === "") return { start: null, end: number(match[2]!) };
      const start = number(match[1]!);
      if (match[2] === "") return { start, end: null };
      const last = number(match[2]!);
      if (last < start) throw bad();
      return { start, end: last + 1 };
    });
}

/** Holds a spec against `size`: `[start, end)` clamped. Throws RangeNotSatisfiable with `Content-Range: bytes *\/size`. */
export function resolveRange(spec: RangeSpec, size: number): { start: number; end: number } {
  const start = spec.start === null ? Math.max(0, size - spec.end!) : spec.start;
  const end = spec.start === null || spec.end === null ? size : Math.min(spec.end, size);
  if (start >= size || start >= end) {
    throw new HubError("RangeNotSatisfiable", `The range begins at or past the end (${size} bytes).`, {
      headers: { "Content-Range": `bytes */${size}` },
    });
  }
  return { start, end };
}

/** A whole number query parameter within limits, clamped; `fallback` when absent. Throws BadRequest when it is no number. */
export function intParam(search: URLSearchParams, name: string, fallback: number, min: number, max: number): number {
  const text = search.get(name);
  if (text === null || text === "") return fallback;
  if (!/^\d{1,15}$/.test(text)) throw new HubError("BadRequest", `'${name}' must be a whole number.`);
  return Math.min(max, Math.max(min, Number(text)));
}

/** One of a few words, or undefined when absent. Throws BadRequest for another. */
export function choiceParam<T extends string>(
  search: URLSearchParams,
  name: string,
  choices: readonly T[],
): T | undefined {
  const text = search.get(name);
  if (text === null || text === "") return undefined;
  const found = choices.find((choice) => choice === text.toLowerCase());
  if (found === undefined) throw new HubError("BadRequest", `'${name}' must be one of ${choices.join(", ")}.`);
  return found;
}

/** Base of absolute URLs: PUBLIC_URL, else the host the client used. Behind a proxy set PUBLIC_URL. */
export function requestOrigin(request: Request, publicUrl: string | undefined): string {
  return publicUrl ?? new URL(request.url).origin;
}
