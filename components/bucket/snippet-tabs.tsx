"use client";

import type { ReactNode } from "react";
import { Code } from "../ui/code.tsx";
import { Tabs } from "../ui/tabs.tsx";
import type { Snippet, SnippetSet } from "./snippets.ts";

interface SnippetTabsProps {
  set: SnippetSet;
  label: string;
  /** Numbered steps; `first` is the one before what differs by language. */
  first?: Snippet;
  children?: (strip: ReactNode, panel: ReactNode) => ReactNode;
}

const LANGUAGES = [
  { key: "cli", title: "CLI" },
  { key: "python", title: "Python" },
  { key: "js", title: "JS" },
] as const;

export function SnippetTabs({ set, label, first, children }: SnippetTabsProps) {
  const tabs = LANGUAGES.map(({ key, title }) => ({
    key,
    title,
    content: (
      <Steps snippets={first && key === "cli" ? [first, ...set[key]] : set[key]} numbered={first !== undefined} />
    ),
  }));
  return (
    <Tabs label={label} tabs={tabs}>
      {children}
    </Tabs>
  );
}

function Steps({ snippets, numbered }: { snippets: Snippet[]; numbered: boolean }) {
  return (
    <ol className="grid grid-cols-[minmax(0,1fr)] gap-3.5">
      {snippets.map((snippet, at) => (
        <li key={snippet.title} className="grid grid-cols-[minmax(0,1fr)] gap-1.5">
          {(numbered || snippets.length > 1) && (
            <span className="flex items-center gap-2 font-medium text-secondary">
              {numbered && (
                <span
                  aria-hidden
                  className="flex size-5 items-center justify-center rounded-full bg-sunken text-caption text-muted"
                >
                  {at + 1}
                </span>
              )}
              {snippet.title}
            </span>
          )}
          <Code text={snippet.text} what={snippet.title} />
        </li>
      ))}
    </ol>
  );
}
