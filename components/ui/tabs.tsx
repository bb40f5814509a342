"use client";

import { type KeyboardEvent, type ReactNode, useId, useState } from "react";

interface TabsProps {
  label: string;
  tabs: { key: string; title: string; content: ReactNode }[];
  /** Places the strip of tabs; it comes as `strip`, the open panel as `panel`. */
  children?: (strip: ReactNode, panel: ReactNode) => ReactNode;
}

/** A segmented control over panels of the same thing in other words. */
export function Tabs({ label, tabs, children }: TabsProps) {
  const id = useId();
  const [chosen, setChosen] = useState(tabs[0]!.key);
  const open = tabs.find((tab) => tab.key === chosen) ?? tabs[0]!;

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    const next = tabs.at((tabs.indexOf(open) + step) % tabs.length)!;
    setChosen(next.key);
    document.getElementById(`${id}-${next.key}`)?.focus();
  }

  const strip = (
    <div
      role="tablist"
      aria-label={label}
      onKeyDown={onKeyDown}
      className="inline-flex rounded-control border border-line bg-sunken p-0.5"
    >
      {tabs.map((tab) => (
        <button
          key={tab.key}
          id={`${id}-${tab.key}`}
          type="button"
          role="tab"
          aria-selected={tab === open}
          aria-controls={`${id}-panel`}
          tabIndex={tab === open ? 0 : -1}
          onClick={() => setChosen(tab.key)}
          className="h-6 rounded-small border border-transparent px-2.5 font-medium text-muted text-secondary hover:text-ink aria-selected:border-line-strong aria-selected:bg-panel aria-selected:text-ink pointer-coarse:h-11"
        >
          {tab.title}
        </button>
      ))}
    </div>
  );
  const panel = (
    <div id={`${id}-panel`} role="tabpanel" className="min-w-0" aria-labelledby={`${id}-${open.key}`}>
      {open.content}
    </div>
  );
  return children ? (
    children(strip, panel)
  ) : (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-2.5">
      <div>{strip}</div>
      {panel}
    </div>
  );
}
