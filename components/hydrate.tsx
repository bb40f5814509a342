"use client";

import { useQueryClient } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";

interface HydrateProps {
  queryKey: readonly unknown[];
  /** What the query's own fetch would have brought. */
  data: unknown;
  /** When the server read it, ms since the epoch. */
  at: number;
  children: ReactNode;
}

/** Hands what the server read over to React Query, so that the page does not ask for it again. */
export function Hydrate({ queryKey, data, at, children }: HydrateProps) {
  const client = useQueryClient();
  // Nobody can be watching a query that does not exist yet: it may be made while rendering.
  if (client.getQueryState(queryKey) === undefined) client.setQueryData(queryKey, data, { updatedAt: at });
  // biome-ignore lint/correctness/useExhaustiveDependencies: `at` stands for the data it came with
  useEffect(() => {
    if ((client.getQueryState(queryKey)?.dataUpdatedAt ?? 0) < at)
      client.setQueryData(queryKey, data, { updatedAt: at });
  }, [at]);
  return children;
}
