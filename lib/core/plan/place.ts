/** Source and destination of a plan: a folder of a bucket, or a folder of somebody's machine. */

import { type BucketId, parseBucketId } from "../bucket/id.ts";
import { checkPrefix } from "../bucket/path-rule.ts";
import { HubError } from "../errors.ts";

export interface Place {
  bucket: BucketId;
  /** Folder in it, "" for the root. */
  prefix: string;
}

const SCHEME = "hf://";
const BUCKETS = "hf://buckets/";

/** The place in a bucket that `hf://buckets/namespace/name/prefix` names; null for a local folder. Throws BadRequest. */
export function parsePlace(text: string): Place | null {
  if (!text.startsWith(SCHEME)) return null;
  const shown = JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
  if (!text.startsWith(BUCKETS)) throw new HubError("BadRequest", `${shown} is not a bucket: expected ${BUCKETS}…`);
  const [namespace, name, ...rest] = text
    .slice(BUCKETS.length)
    .replace(/^\/+|\/+$/g, "")
    .split("/");
  if (name === undefined)
    throw new HubError("BadRequest", `${shown} names no bucket: expected ${BUCKETS}namespace/name`);
  const bucket = `${namespace}/${name}`;
  parseBucketId(bucket);
  return { bucket, prefix: checkPrefix(rest.join("/")) };
}

/** Full path in the bucket of an operation's path. */
export function targetOf(prefix: string, path: string): string {
  return prefix === "" ? path : `${prefix}/${path}`;
}
