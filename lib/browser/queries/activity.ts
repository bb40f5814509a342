/** Who did what, when and by which token. */
import { infiniteQueryOptions } from "@tanstack/react-query";
import type { Page } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { Activity } from "#lib/core/plan/plan.ts";
import { api } from "../api.ts";

export const ACTIVITY_PAGE = 100;

/** Kinds of steps, by the first parts of their types. */
export const ACTIVITY_GROUPS = [
  { key: "plans", name: "Plans", types: ["plan"] },
  { key: "files", name: "Files", types: ["batch"] },
  { key: "refused", name: "Refused", types: ["batch.refused"] },
  { key: "bucket", name: "Bucket and rules", types: ["bucket", "rules", "webhook"] },
] as const;
export type ActivityGroup = (typeof ACTIVITY_GROUPS)[number];

/** The group that an address names; null for all. */
export function parseActivityGroup(kind: string | null | undefined): ActivityGroup | null {
  return ACTIVITY_GROUPS.find(({ key }) => key === kind) ?? null;
}

/** Newest first; of one bucket, or of all that the reader belongs to. */
export function activityQuery(bucket: BucketId | null, group: ActivityGroup | null) {
  return infiniteQueryOptions({
    queryKey: ["activity", bucket ?? "", group?.key ?? ""],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<Page<Activity>> => {
      const query = new URLSearchParams({ limit: String(ACTIVITY_PAGE) });
      if (group !== null) query.set("types", group.types.join(","));
      if (pageParam !== null) query.set("cursor", pageParam);
      return api(`${bucket === null ? "/api" : `/api/buckets/${bucket}`}/activity?${query}`, { signal });
    },
    getNextPageParam: (page) => page.cursor,
    refetchInterval: 20_000,
  });
}
