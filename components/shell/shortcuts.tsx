"use client";

import { usePathname, useRouter } from "next/navigation";
import { lazy, type RefObject, Suspense, useEffect, useLayoutEffect, useRef, useState } from "react";
import { Button } from "../ui/button.tsx";
import { Search } from "../ui/icons.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { useKeys, useLeader } from "./keys.tsx";
import { nextTheme } from "./theme.ts";

const Palette = lazy(() => import("./palette.tsx").then((module) => ({ default: module.Palette })));
const KeySheet = lazy(() => import("./key-sheet.tsx").then((module) => ({ default: module.KeySheet })));

/** `/buckets/ns/name` of the page one is on; null elsewhere. */
function bucketOf(pathname: string): string | null {
  return /^\/buckets\/[^/]+\/[^/]+/.exec(pathname)?.[0] ?? null;
}

interface ShortcutsProps {
  namespaces: string[];
  /** Whether this server keeps the reader's account. */
  accounts: boolean;
}

/** The jump box, the key sheet and the keys that work on every page. */
export function Shortcuts({ namespaces, accounts }: ShortcutsProps) {
  const [open, setOpen] = useState<"palette" | "keys" | null>(null);
  const ahead = useTypedAhead(open === "palette");
  const router = useRouter();
  const pathname = usePathname();

  useLeader();
  useKeys({
    "?": () => setOpen("keys"),
    t: nextTheme,
    "g h": () => router.push("/"),
    "g p": () => router.push("/plans"),
    "g f": () => {
      const bucket = bucketOf(pathname);
      if (bucket) router.push(bucket);
    },
    "/": () => document.querySelector<HTMLInputElement>("[data-filter]")?.focus(),
  });

  useEffect(() => {
    const listener = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
        return;
      event.preventDefault();
      if (!document.querySelector("dialog[open]")) setOpen("palette");
    };
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);

  return (
    <>
      <button
        type="button"
        onClick={() => setOpen("palette")}
        className="mx-auto hidden h-7.5 w-80 items-center gap-2 rounded-control border border-line-strong bg-sunken px-2.5 text-body text-muted hover:border-control md:flex"
      >
        <Search aria-hidden className="size-3.5" />
        Jump to a bucket, path or plan
        <Kbd className="ml-auto">Ctrl K</Kbd>
      </button>
      <Button
        variant="ghost"
        size="icon"
        className="ml-auto md:hidden"
        aria-label="Jump to a bucket, path or plan"
        onClick={() => setOpen("palette")}
      >
        <Search />
      </Button>
      <Button
        variant="ghost"
        size="icon"
        className="max-md:hidden"
        aria-label="Keyboard shortcuts"
        title="Keyboard shortcuts  ?"
        onClick={() => setOpen("keys")}
      >
        <span
          aria-hidden
          className="flex size-4 items-center justify-center rounded-full border border-current text-[10px] leading-none"
        >
          ?
        </span>
      </Button>
      <Suspense>
        {open === "palette" && (
          <Palette namespaces={namespaces} accounts={accounts} ahead={ahead} onClose={() => setOpen(null)} />
        )}
        {open === "keys" && <KeySheet onClose={() => setOpen(null)} />}
      </Suspense>
    </>
  );
}

/** What was typed while the palette's code was on its way. */
export interface TypedAhead {
  text: string;
  enter: boolean;
  /** The palette is there and listens itself. */
  stop: () => void;
}

function useTypedAhead(waiting: boolean): RefObject<TypedAhead> {
  const ahead = useRef<TypedAhead>({ text: "", enter: false, stop: () => {} });
  useLayoutEffect(() => {
    if (!waiting) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const { current } = ahead;
      if (event.key === "Enter") current.enter = true;
      else if (event.key.length === 1 && !current.enter) current.text += event.key;
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    const stop = () => document.removeEventListener("keydown", onKey, true);
    ahead.current = { text: "", enter: false, stop };
    document.addEventListener("keydown", onKey, true);
    return stop;
  }, [waiting]);
  return ahead;
}
