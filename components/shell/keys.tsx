"use client";

import { createContext, type ReactNode, useContext, useEffect, useEffectEvent, useState } from "react";
import { rememberKeys } from "#lib/browser/preferences.ts";

interface KeysSetting {
  on: boolean;
  setOn: (on: boolean) => void;
}

const KeysContext = createContext<KeysSetting>({ on: true, setOn: () => {} });

export function KeysProvider({ initial, children }: { initial: boolean; children: ReactNode }) {
  const [on, set] = useState(initial);
  const setOn = (next: boolean) => {
    set(next);
    rememberKeys(next);
  };
  return <KeysContext value={{ on, setOn }}>{children}</KeysContext>;
}

export function useKeysSetting(): KeysSetting {
  return useContext(KeysContext);
}

/** When `g`, the first key of sequences such as `g h`, was struck; 0: not lately. */
let leader = 0;
const SEQUENCE_MS = 1200;

/** "x", "shift+x", "?", "enter": letters by their key, the rest by what they write. */
function nameOf({ key, shiftKey }: KeyboardEvent): string {
  if (key.length === 1 && key.toLowerCase() === key.toUpperCase()) return key;
  return `${shiftKey ? "shift+" : ""}${key.toLowerCase()}`;
}

const FIELDS = "input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]";

/**
 * Single keys and two-key sequences ("j", "shift+x", "g h"). They rest while a field has focus, while a dialog or
 * a menu is open, and when the reader turned them off. Ctrl+K and Escape are not asked here.
 */
export function useKeys(bindings: Record<string, (event: KeyboardEvent) => void>): void {
  const { on } = useKeysSetting();
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (event.target instanceof Element && event.target.closest(FIELDS)) return;
    if (document.querySelector("dialog[open], :popover-open")) return;
    const key = nameOf(event);
    const action = Date.now() - leader < SEQUENCE_MS ? bindings[`g ${key}`] : bindings[key];
    if (action === undefined) return;
    event.preventDefault();
    action(event);
  });
  useEffect(() => {
    if (!on) return;
    const listener = (event: KeyboardEvent) => onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, [on]);
}

/** Notes the leader after every listener has seen the key. Mounted once. */
export function useLeader(): void {
  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      const inField = event.target instanceof Element && event.target.closest(FIELDS);
      leader = event.key === "g" && !inField ? Date.now() : 0;
    };
    window.addEventListener("keydown", listener);
    return () => window.removeEventListener("keydown", listener);
  }, []);
}
