"use client";

import { useSyncExternalStore } from "react";
import { copyText } from "#lib/browser/clipboard.ts";

/** What was said last; the key makes two equal texts two events. */
let current: { key: number; text: string } | null = null;
let timer: ReturnType<typeof setTimeout> | undefined;
const listeners = new Set<() => void>();

function set(next: typeof current) {
  current = next;
  for (const listener of listeners) listener();
}

/** Says something that happened, to eyes and to screen readers alike. */
export function announce(text: string): void {
  clearTimeout(timer);
  set({ key: (current?.key ?? 0) + 1, text });
  timer = setTimeout(() => set(null), 4000);
}

/** Copies and says so: `what` is the thing in words, "Handle". */
export async function copy(text: string, what: string): Promise<void> {
  announce((await copyText(text)) ? `${what} copied` : `The browser refused to copy. ${what}: ${text}`);
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function Toaster() {
  const toast = useSyncExternalStore(
    subscribe,
    () => current,
    () => null,
  );
  return (
    <div role="status" className="pointer-events-none fixed inset-x-0 bottom-5 z-50 flex justify-center px-4">
      {toast && (
        <div
          key={toast.key}
          className="max-w-full animate-[rise_180ms_var(--ease-out)] truncate rounded-float bg-ink px-3.5 py-2 font-medium text-canvas text-body shadow-float"
        >
          {toast.text}
        </div>
      )}
    </div>
  );
}
