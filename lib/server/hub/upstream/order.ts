/** Sorting on this server what an upstream gives in path order only, and keyset cursors into the result. */
import { comparePaths } from "#lib/core/bucket/path-order.ts";
import { HubError } from "#lib/core/errors.ts";
import type { Direction } from "../hub.ts";

/** A value that entries are ordered by; null comes last in either direction. */
export type SortKey = string | number | null;

/** Order by key, then by name, both turned around by "desc"; those without a key go by name from the start either way. */
export function compareKeys(a: [SortKey, string], b: [SortKey, string], direction: Direction): number {
  if (a[0] === null && b[0] === null) return comparePaths(a[1], b[1]);
  if (a[0] === null || b[0] === null) return a[0] === null ? 1 : -1;
  let order = 0;
  if (typeof a[0] === "number" && typeof b[0] === "number") order = a[0] - b[0];
  else order = comparePaths(String(a[0]), String(b[0]));
  if (order === 0) order = comparePaths(a[1], b[1]);
  return direction === "desc" ? -order : order;
}

/** Opaque: where the next page begins, `(key, name)` of the last item of this one. */
export function encodeKeyset(position: [SortKey, string]): string {
  return Buffer.from(JSON.stringify(position)).toString("base64url");
}

/** Throws BadRequest. */
export function decodeKeyset(cursor: string): [SortKey, string] {
  let json: unknown;
  try {
    json = JSON.parse(Buffer.from(cursor, "base64url").toString());
  } catch {
    json = null;
  }
  if (Array.isArray(json) && json.length === 2 && typeof json[1] === "string") {
    const key: unknown = json[0];
    if (key === null || typeof key === "string" || typeof key === "number") return [key, json[1]];
  }
  throw new HubError("BadRequest", "The cursor is not one of this listing's.");
}

/** The page after `cursor` of `items`, which are sorted here. */
export function keysetPage<T>(
  items: T[],
  position: (item: T) => [SortKey, string],
  { direction, limit, cursor }: { direction: Direction; limit: number; cursor?: string },
): { items: T[]; cursor: string | null } {
  const after = cursor === undefined ? null : decodeKeyset(cursor);
  const sorted = items
    .map((item) => ({ item, at: position(item) }))
    .filter(({ at }) => after === null || compareKeys(at, after, direction) > 0)
    .sort((a, b) => compareKeys(a.at, b.at, direction));
  const page = sorted.slice(0, limit);
  const last = page.at(-1);
  return {
    items: page.map(({ item }) => item),
    cursor: last === undefined || page.length === sorted.length ? null : encodeKeyset(last.at),
  };
}
