"use client";

import { X } from "lucide-react";
import { useSyncExternalStore } from "react";
import { useKeysSetting } from "../../shell/keys.tsx";
import { Button } from "../../ui/button.tsx";
import { Kbd } from "../../ui/kbd.tsx";

const KEYS: [string[], string][] = [
  [["j", "k"], "move"],
  [["x"], "leave out"],
  [["e"], "expand"],
  [["c"], "comment"],
  [["n"], "next note"],
  [["⇧A"], "approve"],
  [["/"], "filter"],
  [["?"], "all keys"],
];

const KEY = "review-keys";
const listeners = new Set<() => void>();

/** The keys of this page, until they are dismissed. Only where there is a keyboard to speak of. */
export function KeyStrip() {
  const { on } = useKeysSetting();
  const hidden = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    isHidden,
    () => true,
  );
  if (hidden || !on) return null;
  return (
    <section
      aria-label="Keys"
      className="fixed bottom-4 left-[max(24px,calc(50vw-780px))] z-20 flex items-center gap-4 rounded-float bg-panel py-1.5 pr-1.5 pl-3.5 text-muted text-secondary shadow-float max-xl:hidden pointer-coarse:hidden"
    >
      {KEYS.map(([keys, does]) => (
        <span key={does} className="flex items-center gap-1">
          {keys.map((key) => (
            <Kbd key={key}>{key}</Kbd>
          ))}
          <span className="ml-0.5">{does}</span>
        </span>
      ))}
      <Button variant="ghost" size="iconSmall" aria-label="Hide the keys" onClick={hide}>
        <X />
      </Button>
    </section>
  );
}

function isHidden(): boolean {
  try {
    return localStorage.getItem(KEY) === "off";
  } catch {
    return true;
  }
}

function hide(): void {
  try {
    localStorage.setItem(KEY, "off");
  } catch {
    // Storage is off: it comes back with the next page.
  }
  for (const listener of listeners) listener();
}
