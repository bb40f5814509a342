/** What the routes of the dedup figures share. */
import { checkPrefix } from "#lib/core/bucket/path-rule.ts";

/** A folder or file, "" for the bucket. Throws BadRequest for what can be no path. */
export function dedupPath(path: string | null): string {
  return checkPrefix(path ?? "");
}
