import type { DedupFigures } from "#lib/core/bucket/dedup/figures.ts";

interface SavingBarProps {
  figures: Pick<DedupFigures, "logical" | "stored">;
  className?: string;
}

/** Stored of logical: what is there is dark, what was saved is a hatch, the part that is not there. The words stand beside it. */
export function SavingBar({ figures: { logical, stored }, className = "h-2.5" }: SavingBarProps) {
  const share = logical === 0 ? 0 : Math.min(1, stored / logical);
  return (
    <span
      aria-hidden
      className={`flex gap-px overflow-hidden rounded-full ${logical === 0 ? "bg-line/70" : ""} ${className}`}
    >
      {/* Something stored is never nothing to see. */}
      {stored > 0 && <span className="bg-stored" style={{ width: `max(2px, ${share * 100}%)` }} />}
      {logical > stored && <span className="hatch flex-1" />}
    </span>
  );
}
