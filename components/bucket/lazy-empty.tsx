"use client";

import { type ComponentProps, lazy, Suspense } from "react";

const EmptyBucket = lazy(() => import("./empty-bucket.tsx").then((module) => ({ default: module.EmptyBucket })));

/** Few buckets are empty: the code of their page comes apart from that of the list. */
export function LazyEmptyBucket(props: ComponentProps<typeof EmptyBucket>) {
  return (
    <Suspense>
      <EmptyBucket {...props} />
    </Suspense>
  );
}
