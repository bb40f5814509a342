"use client";

import { QueryClientProvider } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { KeysProvider } from "#components/shell/keys.tsx";
import { Clock } from "#components/ui/time.tsx";
import { Toaster } from "#components/ui/toast.tsx";
import { UploadHost } from "#components/upload/upload-host.tsx";
import { queryClient } from "#lib/browser/query-client.ts";

/** The one global client boundary. */
export function Providers({ now, keys, children }: { now: number; keys: boolean; children: ReactNode }) {
  return (
    <QueryClientProvider client={queryClient()}>
      <Clock now={now}>
        <KeysProvider initial={keys}>
          {children}
          <UploadHost />
          <Toaster />
        </KeysProvider>
      </Clock>
    </QueryClientProvider>
  );
}
