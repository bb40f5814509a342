import { dehydrate, HydrationBoundary, QueryClient } from "@tanstack/react-query";
import type { ReactNode } from "react";

interface HydrateProps {
  queryKey: readonly unknown[];
  /** What the query's own fetch would have brought. */
  data: unknown;
  children: ReactNode;
}

/** Hands what the server read over to React Query, so that the page does not ask for it again. */
export function Hydrate({ queryKey, data, children }: HydrateProps) {
  const client = new QueryClient();
  client.setQueryData(queryKey, data);
  return <HydrationBoundary state={dehydrate(client)}>{children}</HydrationBoundary>;
}
