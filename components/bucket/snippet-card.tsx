"use client";

import type { ReactNode } from "react";
import { Card } from "../ui/card.tsx";
import { SnippetTabs } from "./snippet-tabs.tsx";
import type { Snippet, SnippetSet } from "./snippets.ts";

interface SnippetCardProps {
  title: string;
  set: SnippetSet;
  /** The step before all others. */
  first: Snippet;
  /** The card's foot. */
  children?: ReactNode;
}

/** Numbered steps at a terminal, one panel per client. */
export function SnippetCard({ title, set, first, children }: SnippetCardProps) {
  return (
    <Card aria-label={title}>
      <SnippetTabs label="Client" set={set} first={first}>
        {(strip, panel) => (
          <>
            <div className="flex flex-wrap items-center justify-between gap-2 border-line border-b px-3.5 py-2">
              <h2 className="font-semibold">{title}</h2>
              {strip}
            </div>
            <div className="p-3.5">{panel}</div>
          </>
        )}
      </SnippetTabs>
      {children && <div className="mx-3.5 border-line border-t py-3.5">{children}</div>}
    </Card>
  );
}
