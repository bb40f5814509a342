/** The one way from the browser to this server's JSON routes: an answer, or a HubError with the server's own words. */
import { HUB_ERROR_CODES, HubError, type HubErrorCode } from "#lib/core/errors.ts";

export interface ApiOptions {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is: NDJSON of a batch, the file of a plan. */
  text?: string | Blob;
  signal?: AbortSignal;
}

export interface Answer<T> {
  value: T;
  headers: Headers;
}

/** Throws HubError; `details.requestId` names the request in the server's log. */
export async function ask<T>(
  path: string,
  { method = "GET", json, text, signal }: ApiOptions = {},
): Promise<Answer<T>> {
  let response: Response;
  try {
    response = await fetch(path, {
      method,
      signal,
      headers: {
        Accept: "application/json",
        ...(json !== undefined && { "Content-Type": "application/json" }),
        ...(text !== undefined && { "Content-Type": "application/x-ndjson" }),
      },
      body: json !== undefined ? JSON.stringify(json) : text,
    });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new HubError("Unavailable", "The server did not answer. Check the connection, then try again.", { cause });
  }
  const body = await readJson(response);
  if (!response.ok) throw toError(response, body);
  return { value: body as T, headers: response.headers };
}

/** The answer alone. */
export async function api<T>(path: string, options?: ApiOptions): Promise<T> {
  return (await ask<T>(path, options)).value;
}

async function readJson(response: Response): Promise<unknown> {
  const text = await response.text();
  if (text === "") return null;
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function toError(response: Response, body: unknown): HubError {
  const { error, ...details } = (body ?? {}) as { error?: unknown };
  const named = response.headers.get("X-Error-Code") as HubErrorCode | null;
  const code =
    named !== null && HUB_ERROR_CODES.includes(named) ? named : response.status < 500 ? "BadRequest" : "Internal";
  const message =
    typeof error === "string" && error !== "" ? error : `The server answered with status ${response.status}.`;
  return new HubError(code, message, { details: { ...details, requestId: response.headers.get("X-Request-Id") } });
}

/** The cursor in a `Link: <...>; rel="next"` header; null on the last page. */
export function nextCursor(headers: Headers): string | null {
  const next = /<([^>]+)>\s*;\s*rel="next"/.exec(headers.get("Link") ?? "")?.[1];
  return next === undefined ? null : new URL(next, "http://hub").searchParams.get("cursor");
}
