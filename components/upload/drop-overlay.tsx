"use client";

import { Upload } from "lucide-react";
import { useEffect } from "react";
import { setDoor, type UploadPlace } from "./door.ts";

/** Browsers tell of a drag over the page several times a second; one that is silent so long is over, whatever else was told. ms */
const SILENCE_MS = 2500;

/** While files hang over the page: where they would fall. */
export function DropOverlay({ place }: { place: UploadPlace }) {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>;
    const onOver = () => {
      clearTimeout(timer);
      timer = setTimeout(() => setDoor({ dragging: false }), SILENCE_MS);
    };
    onOver();
    window.addEventListener("dragover", onOver);
    return () => {
      clearTimeout(timer);
      window.removeEventListener("dragover", onOver);
    };
  }, []);
  return (
    <div
      aria-hidden
      className="pointer-events-none fixed inset-0 z-50 flex items-center justify-center bg-scrim p-3 sm:p-5"
    >
      <div className="absolute inset-3 rounded-float border-2 border-accent border-dashed bg-accent-soft/40 sm:inset-5" />
      <div className="relative flex max-w-full animate-[rise_180ms_var(--ease-out)] items-center gap-3.5 rounded-float bg-panel py-4 pr-6 pl-4.5 shadow-float">
        <span className="flex size-10 shrink-0 items-center justify-center rounded-full bg-new-soft text-new-ink">
          <Upload className="size-5" strokeWidth={1.75} />
        </span>
        <div className="min-w-0">
          <p className="truncate font-semibold text-[16px] leading-6 tracking-[-0.015em]">
            Drop into {place.prefix === "" ? place.bucket : place.prefix}
            <span className="font-normal text-faint">/</span>
          </p>
          <p className="text-muted">Only bytes that are new leave this machine.</p>
        </div>
      </div>
    </div>
  );
}
