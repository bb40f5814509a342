/**
 * Every way in which a request can fail, by name. Core names the failure; `lib/server/http/errors.ts` alone knows statuses
 * and headers, and `lib/browser/api.ts` turns an answer back into a HubError.
 */
export const HUB_ERROR_CODES = [
  "BadRequest", // the request is not well formed or breaks a rule; the message says which
  "Unauthorized", // no or unknown credentials, and the thing is not public
  "Forbidden", // known caller, thing is visible, right is missing
  "RepoNotFound", // the bucket does not exist, or must look as if it did not
  "EntryNotFound", // the bucket exists, the path does not
  "NotFound", // anything else that is not there (xorb, file hash, plan, route)
  "MethodNotAllowed",
  "Conflict", // the name is taken, or the state moved on
  "Gone", // was here once (expired link)
  "PayloadTooLarge",
  "RangeNotSatisfiable",
  "BatchFailed", // a bucket batch was refused as a whole; details.failed lists the lines
  "TooManyRequests",
  "UpstreamFailed", // the upstream Hub did not answer, or answered with a fault
  "Unavailable", // this server cannot answer now (starting, stopping, storage down)
  "Internal",
] as const;

export type HubErrorCode = (typeof HUB_ERROR_CODES)[number];

export interface HubErrorOptions {
  cause?: unknown;
  /** Extra members of the JSON body beside `error`, for example `failed` of a batch or `url` of a 409. */
  details?: Record<string, unknown>;
  /** Extra response headers, for example `Content-Range` of a 416. */
  headers?: Record<string, string>;
}

export class HubError extends Error {
  override readonly name = "HubError";
  readonly code: HubErrorCode;
  readonly details: Record<string, unknown>;
  readonly headers: Record<string, string>;

  constructor(code: HubErrorCode, message: string, { cause, details, headers }: HubErrorOptions = {}) {
    super(message, { cause });
    this.code = code;
    this.details = details ?? {};
    this.headers = headers ?? {};
  }
}

/** True also for a HubError of the other module graph (pages are bundled apart from the server), where instanceof fails. */
export function isHubError(error: unknown, code?: HubErrorCode): error is HubError {
  return (
    error instanceof Error && error.name === "HubError" && (code === undefined || (error as HubError).code === code)
  );
}
