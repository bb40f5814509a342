/** Cursors of listings: the last entry's place in its order, opaque to clients. */
import { HubError } from "#lib/core/errors.ts";

type Part = string | number;

/** `tag` names the order, so that a cursor of one listing is not taken for one of another. */
export function formatCursor(tag: string, parts: Part[]): string {
  return Buffer.from(JSON.stringify([tag, ...parts])).toString("base64url");
}

/** The parts, of the given types. Throws BadRequest for a cursor that was not made for this order. */
export function parseCursor(cursor: string, tag: string, types: ("string" | "number")[]): Part[] {
  let parts: unknown;
  try {
    parts = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    parts = null;
  }
  const fits =
    Array.isArray(parts) &&
    parts.length === types.length + 1 &&
    parts[0] === tag &&
    types.every(
      (type, at) => typeof parts[at + 1] === type && (type === "string" || Number.isSafeInteger(parts[at + 1])),
    );
  if (!fits) throw new HubError("BadRequest", "The cursor does not belong to this listing; start without one.");
  return (parts as Part[]).slice(1);
}
