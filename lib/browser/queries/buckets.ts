import { queryOptions } from "@tanstack/react-query";
import type { CdnRegion, Visibility } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { api } from "../api.ts";

/** What a palette or a form needs of a bucket. */
export interface BucketSummary {
  id: BucketId;
  size: number;
  files: number;
  visibility: Visibility;
}

interface BucketJson {
  id: string;
  private: boolean;
  size: number;
  totalFiles: number;
}

/** All buckets of one namespace that the reader may see (the first thousand). */
export function bucketsQuery(namespace: string) {
  return queryOptions({
    queryKey: ["buckets", namespace],
    queryFn: async ({ signal }): Promise<BucketSummary[]> => {
      const list = await api<BucketJson[]>(`/api/buckets/${encodeURIComponent(namespace)}`, { signal });
      return list.map((bucket) => ({
        id: bucket.id,
        size: bucket.size,
        files: bucket.totalFiles,
        visibility: bucket.private ? "private" : "public",
      }));
    },
  });
}

/** Ms of rest after the last letter before the server is asked. */
const TYPING_REST = 200;

/** Whether the name is still free. Asks the list, in which a missing name is an answer and not an error. */
export function bucketFreeQuery(id: BucketId) {
  const [namespace, name] = id.split("/") as [string, string];
  return queryOptions({
    queryKey: ["bucket", id, "free"],
    staleTime: 2000,
    queryFn: async ({ signal }): Promise<boolean> => {
      await new Promise((resolve) => setTimeout(resolve, TYPING_REST));
      signal.throwIfAborted();
      const list = await api<BucketJson[]>(`/api/buckets/${namespace}?search=${encodeURIComponent(name)}`, { signal });
      return !list.some((bucket) => bucket.id.toLowerCase() === id.toLowerCase());
    },
  });
}

export function createBucket(
  id: BucketId,
  options: { visibility: Visibility; region?: "us" | "eu"; cdn?: CdnRegion[] },
): Promise<unknown> {
  const { visibility, ...rest } = options;
  return api(`/api/buckets/${id}`, { method: "POST", json: { private: visibility === "private", ...rest } });
}

export function updateBucket(
  id: BucketId,
  settings: { visibility?: Visibility; cdnRegions?: CdnRegion[] },
): Promise<unknown> {
  const { visibility, cdnRegions } = settings;
  return api(`/api/buckets/${id}/settings`, {
    method: "PUT",
    json: { private: visibility && visibility === "private", cdnRegions },
  });
}

export function moveBucket(from: BucketId, to: BucketId): Promise<unknown> {
  return api("/api/repos/move", { method: "POST", json: { fromRepo: from, toRepo: to, type: "bucket" } });
}

export function deleteBucket(id: BucketId): Promise<unknown> {
  return api(`/api/buckets/${id}`, { method: "DELETE" });
}
