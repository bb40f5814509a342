/** Making responses: JSON, pages with `Link`, streams. */
import { ReadableStream } from "node:stream/web";
import type { Page } from "#lib/core/bucket/entry.ts";

const streams = new WeakMap<Response, AsyncIterable<Uint8Array>>();

/** The iterable behind a streamed response; the listener writes it straight to the socket. */
export function streamOf(response: Response): AsyncIterable<Uint8Array> | undefined {
  return streams.get(response);
}

/** A body of any length in pieces. Set Content-Length in `init` where it is known. */
export function stream(body: AsyncIterable<Uint8Array>, init: ResponseInit): Response {
  // The web stream pulls nothing until someone reads it, so it costs nothing when the listener takes the iterable.
  const response = new Response(ReadableStream.from(body) as BodyInit, init);
  streams.set(response, body);
  return response;
}

export function json(value: unknown, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  headers.set("Content-Type", "application/json; charset=utf-8");
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  return new Response(JSON.stringify(value), { ...init, headers });
}

export function text(body: string, init: ResponseInit = {}): Response {
  const headers = new Headers(init.headers);
  headers.set("Content-Type", "text/plain; charset=utf-8");
  if (!headers.has("Cache-Control")) headers.set("Cache-Control", "no-store");
  return new Response(body, { ...init, headers });
}

/**
 * A JSON array with `Link: <...>; rel="next"` while there is more: all query parameters kept, `cursor` replaced (2.4).
 * `X-Order` carries `Page.order`.
 */
export function paged<T>(
  page: Page<T>,
  format: (item: T) => unknown,
  { url, origin }: { url: URL; origin: string },
): Response {
  const headers = new Headers();
  if (page.cursor !== null) {
    const next = new URLSearchParams(url.search);
    next.set("cursor", page.cursor);
    headers.set("Link", `<${origin}${url.pathname}?${next}>; rel="next"`);
  }
  if (page.order !== undefined) headers.set("X-Order", page.order);
  return json(page.items.map(format), { headers });
}

/** ms between two lines. */
const HEARTBEAT = 5000;

/** NDJSON of something that takes long: `{"type":"running"}` now and then, then `result` with its value, or `error`. */
export function slowJson(work: Promise<object>): Response {
  async function* lines(): AsyncGenerator<Uint8Array> {
    const line = (value: object) => Buffer.from(`${JSON.stringify(value)}\n`);
    const ended = work.then(
      (result) => ({ type: "result", ...result }),
      (error: Error) => ({ type: "error", message: error.message }),
    );
    while (true) {
      yield line({ type: "running" });
      const end = await Promise.race([ended, pause(HEARTBEAT)]);
      if (end !== undefined) return yield line(end);
    }
  }
  // When the client leaves, nobody is left to hear of a failure.
  work.catch(() => {});
  return stream(lines(), { headers: { "Content-Type": "application/x-ndjson", "Cache-Control": "no-store" } });
}

export function pause(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined).unref());
}
