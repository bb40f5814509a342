/** Who did what, when and by which token. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Page } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { Activity } from "#lib/core/plan/plan.ts";
import { api } from "../api.ts";

export const ACTIVITY_PAGE = 100;

/** Newest first; of one bucket, or of all that the reader belongs to. */
export function activityQuery(bucket: BucketId | null) {
  return infiniteQueryOptions({
    queryKey: ["activity", bucket ?? ""],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<Page<Activity>> => {
      const query = new URLSearchParams({ limit: String(ACTIVITY_PAGE) });
      if (pageParam !== null) query.set("cursor", pageParam);
      return api(`${bucket === null ? "/api" : `/api/buckets/${bucket}`}/activity?${query}`, { signal });
    },
    getNextPageParam: (page) => page.cursor,
    refetchInterval: 20_000,
  });
}
