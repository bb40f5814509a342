import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";

/** The page of a folder; "" is the root. */
export function folderPage(id: BucketId, path: string): string {
  return path === "" ? `/buckets/${id}` : `/buckets/${id}/tree/${encodePath(path)}`;
}

export function filePage(id: BucketId, path: string): string {
  return `/buckets/${id}/blob/${encodePath(path)}`;
}

export function entryPage(id: BucketId, entry: BucketEntry): string {
  return entry.type === "file" ? filePage(id, entry.path) : folderPage(id, entry.path);
}

/** The bytes of a file, shown by the browser where it can. */
export function contentUrl(id: BucketId, path: string): string {
  return `/buckets/${id}/resolve/${encodePath(path)}`;
}

/** The bytes of a file, saved under its name. */
export function downloadUrl(id: BucketId, path: string): string {
  return `${contentUrl(id, path)}?download=true`;
}
