"use client";

import { useEffect, useEffectEvent, useState } from "react";
import { Search } from "../ui/icons.tsx";
import { Kbd } from "../ui/kbd.tsx";

interface FilterFieldProps {
  label: string;
  value: string;
  onChange: (value: string) => void;
  /** Ms of rest after the last key before it is told; 0: at once. */
  delay?: number;
}

/** `/` jumps here; Escape empties it, then leaves it. */
export function FilterField({ label, value, onChange, delay = 160 }: FilterFieldProps) {
  const [text, setText] = useState(value);
  const [told, setTold] = useState(value);
  const [seen, setSeen] = useState(value);
  // The value changed by other means than this field (Back, "Show all"): follow it.
  if (value !== seen) {
    setSeen(value);
    if (value !== told) {
      setTold(value);
      setText(value);
    }
  }
  const tell = useEffectEvent(() => {
    if (text === told) return;
    setTold(text);
    onChange(text);
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: each new text starts the wait anew
  useEffect(() => {
    const timer = setTimeout(() => tell(), delay);
    return () => clearTimeout(timer);
  }, [text, delay]);

  return (
    <div className="relative flex min-w-0 flex-1 items-center sm:flex-none">
      <Search aria-hidden className="pointer-events-none absolute left-2.5 size-3.5 text-muted" />
      <input
        type="search"
        data-filter
        aria-label={label}
        placeholder={label}
        value={text}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setText(event.target.value)}
        onKeyDown={(event) => {
          if (event.key !== "Escape") return;
          event.preventDefault();
          if (text === "") event.currentTarget.blur();
          else setText("");
        }}
        className="peer h-7.5 w-full min-w-0 rounded-control border border-control bg-panel pr-8 pl-8 text-body hover:border-muted sm:w-52 pointer-coarse:h-11 pointer-coarse:text-[16px] [&::-webkit-search-cancel-button]:hidden"
      />
      <Kbd className="pointer-events-none absolute right-2 peer-focus:hidden pointer-coarse:hidden">/</Kbd>
    </div>
  );
}
