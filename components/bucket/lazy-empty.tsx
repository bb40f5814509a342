"use client";

import { lazy } from "react";

/** Few buckets are empty: their page's code comes apart from that of the list. */
export const LazyEmptyBucket = lazy(() =>
  import("./empty-bucket.tsx").then((module) => ({ default: module.EmptyBucket })),
);
