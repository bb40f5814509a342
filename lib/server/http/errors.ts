/** The one table: error code -> status, headers and body of an answer (reference/hub-bucket-api 2.2). */
import { HubError, type HubErrorCode, isHubError } from "#lib/core/errors.ts";

const STATUS: Record<HubErrorCode, number> = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  RepoNotFound: 404,
  EntryNotFound: 404,
  NotFound: 404,
  MethodNotAllowed: 405,
  Conflict: 409,
  Gone: 410,
  PayloadTooLarge: 413,
  RangeNotSatisfiable: 416,
  BatchFailed: 422,
  TooManyRequests: 429,
  Internal: 500,
  UpstreamFailed: 502,
  Unavailable: 503,
};

/** Header text that any HTTP stack carries: printable ASCII, at most 1 kB. */
function headerText(text: string): string {
  return text.replace(/[^\x20-\x7e]+/g, "?").slice(0, 1024);
}

/** The unknown becomes a plain Internal, which says nothing of what went wrong inside. */
export function toHubError(error: unknown): HubError {
  if (isHubError(error)) return error;
  return new HubError("Internal", "The server failed on this request; its log has the details under the request id.", {
    cause: error,
  });
}

export function errorResponse(error: HubError): Response {
  const headers = new Headers({
    "Content-Type": "application/json; charset=utf-8",
    "Cache-Control": "no-store",
    "X-Error-Code": error.code,
    "X-Error-Message": headerText(error.message),
    ...error.headers,
  });
  if (error.code === "Unauthorized") headers.set("WWW-Authenticate", 'Bearer realm="Hub"');
  return new Response(JSON.stringify({ error: error.message, code: error.code, ...error.details }), {
    status: STATUS[error.code],
    headers,
  });
}
