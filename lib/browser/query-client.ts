import { isServer, QueryClient } from "@tanstack/react-query";
import { isHubError } from "#lib/core/errors.ts";

function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // What the server put into the page is fresh enough not to be asked for again at once.
        staleTime: 15_000,
        retry: (failures, error) =>
          failures < 2 && (isHubError(error, "Unavailable") || isHubError(error, "UpstreamFailed")),
      },
    },
  });
}

let ofThisTab: QueryClient | undefined;

/** One client per tab; on the server one per request, because answers belong to who asked. */
export function queryClient(): QueryClient {
  if (isServer) return createQueryClient();
  ofThisTab ??= createQueryClient();
  return ofThisTab;
}
