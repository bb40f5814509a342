"use client";

import { useState } from "react";
import { Button } from "./button.tsx";
import { Check, Copy } from "./icons.tsx";
import { copy } from "./toast.tsx";

interface CopyButtonProps {
  text: string;
  /** The thing in words: "Handle". */
  what: string;
  className?: string;
}

export function CopyButton({ text, what, className }: CopyButtonProps) {
  const [done, setDone] = useState(false);
  return (
    <Button
      variant="ghost"
      size="iconSmall"
      aria-label={`Copy ${what.toLowerCase()}`}
      title={`Copy ${what.toLowerCase()}`}
      className={className}
      onClick={async () => {
        await copy(text, what);
        setDone(true);
        setTimeout(() => setDone(false), 1500);
      }}
    >
      {done ? <Check /> : <Copy />}
    </Button>
  );
}
