/**
 * Between Node's HTTP server and the route files. Calls them without Next in between: Next drops Content-Length, decodes
 * `%2F` in its own way, and costs a third of the throughput of bulk bodies.
 */
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Logger } from "pino";
import { HubError } from "#lib/core/errors.ts";
import type { Metrics } from "../metrics.ts";
import { errorResponse, toHubError } from "./errors.ts";
import { attachIncoming, requestId } from "./request.ts";
import { streamOf } from "./response.ts";
import type { RouteModule, Router } from "./router.ts";

export interface ListenerOptions {
  router: Router;
  log: Logger;
  metrics: Metrics;
  /** Takes what no route file answers: the pages. Absent: 404. */
  pages?: RequestListener;
}

/** Other sites' scripts may use the API with a token (never with a cookie, which `*` keeps out). */
const CORS = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Expose-Headers":
    "Link, ETag, X-Xet-Hash, X-Linked-Size, X-Linked-ETag, X-Error-Code, X-Error-Message, X-Request-Id, Content-Range, Content-Length, Content-Type, Accept-Ranges",
};
const PREFLIGHT = {
  ...CORS,
  "Access-Control-Allow-Methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
  "Access-Control-Allow-Headers":
    "Authorization, Range, Content-Type, X-Xet-Session-Id, X-Range-Dirty, If-None-Match, If-Range",
  "Access-Control-Max-Age": "86400",
};

export function createListener({ router, log, metrics, pages }: ListenerOptions): RequestListener {
  /** Bytes of each connection that are counted already. */
  const counted = new WeakMap<Socket, number>();
  return async (message, response) => {
    const { socket } = message;
    // Closed when all is said, or when the other side left in the middle of its body.
    response.once("close", () => {
      const { bytesRead } = socket;
      const area = message.url?.startsWith("/api/cas/") ? "content" : "other";
      metrics.received(area, bytesRead - (counted.get(socket) ?? 0));
      counted.set(socket, bytesRead);
    });
    const started = performance.now();
    let request: Request | undefined;
    try {
      const pathname = withoutCache((message.url ?? "/").split(/[?#]/, 1)[0]!);
      const match = router.match(pathname);
      if (match === null && pages !== undefined && !pathname.startsWith("/api/")) return void pages(message, response);
      request = toRequest(message, response);
      const answer =
        match === null
          ? errorResponse(new HubError("NotFound", `No such route: ${pathname.slice(0, 200)}`))
          : await call(match.module, request, match.params);
      await send(answer, request, response);
    } catch (error) {
      const known = toHubError(error);
      if (known.code === "Internal" && !response.destroyed)
        log.error({ err: error, url: message.url }, "answer failed");
      if (response.headersSent) response.destroy();
      else await send(errorResponse(known), request, response);
    } finally {
      const seconds = (performance.now() - started) / 1000;
      metrics.request(message.method ?? "", response.statusCode, seconds);
      if (request !== undefined) {
        const { method, url } = message;
        log.debug({ requestId: requestId(request), method, url, status: response.statusCode, seconds }, "request");
      }
    }
  };
}

/** The content store has an address for each cache of a client (hub/embedded.ts), and is one. */
function withoutCache(pathname: string): string {
  return pathname.replace(/^\/api\/cas\/~[\w-]{1,64}(?=\/)/, "/api/cas");
}

async function call(
  module: RouteModule,
  request: Request,
  params: Record<string, string | string[]>,
): Promise<Response> {
  const method = request.method as keyof RouteModule;
  const handler = module[method] ?? (method === "HEAD" ? module.GET : undefined);
  if (handler !== undefined) return handler(request, { params: Promise.resolve(params) });
  const allow = Object.keys(module).join(", ");
  if (method === "OPTIONS") return new Response(null, { status: 204, headers: { ...PREFLIGHT, Allow: allow } });
  return errorResponse(
    new HubError("MethodNotAllowed", `${method} is not offered here.`, { headers: { Allow: allow } }),
  );
}

function toRequest(message: IncomingMessage, response: ServerResponse): Request {
  const aborter = new AbortController();
  response.once("close", () => aborter.abort());
  const headers = new Headers();
  for (let at = 0; at < message.rawHeaders.length; at += 2) {
    const name = message.rawHeaders[at]!;
    const value = message.rawHeaders[at + 1]!;
    // HTTP headers are bytes; a value that is not latin-1 printable cannot be carried by Headers and is no one's to send.
    if (!name.startsWith(":")) headers.append(name, value);
  }
  const scheme = headers.get("x-forwarded-proto") === "https" ? "https" : "http";
  const base = `${scheme}://${headers.get("host") ?? "localhost"}`;
  if (!URL.canParse(message.url ?? "/", base))
    throw new HubError("BadRequest", "The request's URL or Host header is malformed.");
  // A URL that begins with "//" would be read as another host.
  const url = new URL(base + (message.url ?? "/"));
  const request = new Request(url, { method: message.method, headers, signal: aborter.signal });
  attachIncoming(request, message, requestId(request));
  return request;
}

async function send(answer: Response, request: Request | undefined, response: ServerResponse): Promise<void> {
  response.statusCode = answer.status;
  for (const [name, value] of answer.headers) if (name !== "set-cookie") response.setHeader(name, value);
  const cookies = answer.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader("Set-Cookie", cookies);
  for (const [name, value] of Object.entries(CORS)) response.setHeader(name, value);
  if (request !== undefined) response.setHeader("X-Request-Id", requestId(request));
  const source = streamOf(answer);
  if (request?.method === "HEAD" || answer.body === null) {
    if (answer.body === null && request?.method !== "HEAD" && answer.status !== 204 && answer.status !== 304) {
      response.setHeader("Content-Length", 0);
    }
    response.end();
    await answer.body?.cancel();
    return;
  }
  if (source === undefined) {
    const body = Buffer.from(await answer.arrayBuffer());
    response.setHeader("Content-Length", body.length);
    response.end(body);
    return;
  }
  // A stream whose reader left must still run its own clean-up, which `for await` does on break and on throw.
  for await (const piece of source) {
    if (response.destroyed) return;
    if (!response.write(piece)) await drained(response);
  }
  response.end();
}

function drained(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      response.off("drain", done);
      response.off("close", done);
      resolve();
    };
    response.on("drain", done);
    response.on("close", done);
  });
}
