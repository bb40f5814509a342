/** An upstream Hub's refusal as a HubError of the same meaning (reference/hub-bucket-api 2.1, 2.2). */
import type { FailedOperation } from "#lib/core/bucket/operation.ts";
import { HubError, type HubErrorCode } from "#lib/core/errors.ts";

/** An answer with its body read. */
export interface Answer {
  status: number;
  headers: Headers;
  text: string;
}

/** Most characters of an upstream's own words that are passed on. */
const MESSAGE_MAX = 1000;

/** Headers that tell a client what to do next; all others of a refusal stay here. */
const PASSED_HEADERS = ["Retry-After", "RateLimit", "RateLimit-Policy", "Content-Range"];

/** Takes a token out of text: an upstream may repeat what it was sent. */
export function redact(text: string, token: string | null): string {
  return token === null || token === "" ? text : text.replaceAll(token, "[token]");
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * `missing`: what a 404 means that does not say it itself. `where`: method and path, for an answer without words.
 * Faults of the Hub (5xx) are UpstreamFailed: this server did its part.
 */
export function answerError(answer: Answer, missing: HubErrorCode, where: string, token: string | null): HubError {
  const json = parseJson(answer.text);
  const body = typeof json === "object" && json !== null ? (json as Record<string, unknown>) : {};
  const said = wordsOf(body) ?? answer.headers.get("X-Error-Message");
  const code = codeOf(answer, body, missing);
  const message = said ?? `The Hub answered ${answer.status} to ${where}.`;
  const headers: Record<string, string> = {};
  for (const name of PASSED_HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) headers[name] = redact(value, token);
  }
  return new HubError(code, redact(message, token).slice(0, MESSAGE_MAX), {
    headers,
    details: code === "BatchFailed" ? batchDetails(body, token) : {},
  });
}

function codeOf(answer: Answer, body: Record<string, unknown>, missing: HubErrorCode): HubErrorCode {
  const { status } = answer;
  switch (status) {
    case 401:
      return "Unauthorized";
    case 403:
    case 451:
      return "Forbidden";
    case 404: {
      const named = answer.headers.get("X-Error-Code");
      return named === "RepoNotFound" || named === "EntryNotFound" || named === "NotFound" ? named : missing;
    }
    case 405:
      return "MethodNotAllowed";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 413:
      return "PayloadTooLarge";
    case 416:
      return "RangeNotSatisfiable";
    case 422:
      return Array.isArray(body.failed) ? "BatchFailed" : "BadRequest";
    case 429:
      return "TooManyRequests";
  }
  return status >= 400 && status < 500 ? "BadRequest" : "UpstreamFailed";
}

/** `error` (text or list), `error_description`, `message`, `errors[].message`: all are in use. */
function wordsOf(body: Record<string, unknown>): string | null {
  const { error, error_description: description, message, errors } = body;
  const text = (value: unknown) => (typeof value === "string" && value !== "" ? [value] : []);
  const parts = [
    ...(Array.isArray(error) ? error.flatMap(text) : text(error)),
    ...text(description),
    ...(Array.isArray(errors) ? errors.flatMap((one) => text((one as { message?: unknown } | null)?.message)) : []),
  ];
  if (parts.length === 0) parts.push(...text(message));
  return parts.length === 0 ? null : parts.join(": ");
}

/** The lines that a batch was refused for, as far as the Hub lists them. */
export function failedOf(body: Record<string, unknown>, token: string | null): FailedOperation[] {
  if (!Array.isArray(body.failed)) return [];
  return body.failed.map((line: { path?: unknown; error?: unknown } | null) => ({
    path: typeof line?.path === "string" ? line.path : "",
    error: redact(typeof line?.error === "string" ? line.error : "refused", token).slice(0, MESSAGE_MAX),
  }));
}

export function batchDetails(body: Record<string, unknown>, token: string | null): Record<string, unknown> {
  const failed = failedOf(body, token);
  const count = (value: unknown, otherwise: number) => (typeof value === "number" ? value : otherwise);
  return {
    success: false,
    processed: count(body.processed, failed.length),
    succeeded: count(body.succeeded, 0),
    failed,
  };
}
