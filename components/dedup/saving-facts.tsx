import type { DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import { Size } from "../ui/size.tsx";

/** What was saved, by cause: bytes and percent that add up. */
export function SavingFacts({ figures }: { figures: DedupFigures }) {
  const { logical, unique, stored } = figures;
  const percents = savingPercents(figures);
  const rows = [
    { name: "Saved by deduplication", bytes: logical - unique, percent: percents.deduplication, mark: "hatch" },
    { name: "Saved by compression", bytes: unique - stored, percent: percents.compression, mark: "hatch" },
  ];
  return (
    <dl className="grid gap-2">
      {rows.map(({ name, bytes, percent, mark }) => (
        <div key={name} className="flex items-center gap-2">
          <dt className="mr-auto flex min-w-0 items-center gap-2 text-muted text-secondary">
            <span aria-hidden className={`size-2 shrink-0 rounded-[2px] ${mark}`} />
            {name}
          </dt>
          <dd className="shrink-0 text-secondary">
            {/* Chunk headers may cost more than compression saves. */}
            {bytes < 0 && "−"}
            <Size bytes={Math.abs(bytes)} />
          </dd>
          <dd className="w-11 shrink-0 text-right text-muted text-secondary">{formatPercent(percent)}</dd>
        </div>
      ))}
      <div className="flex items-center gap-2">
        <dt className="mr-auto flex items-center gap-2 font-medium">
          <span aria-hidden className="size-2 shrink-0 rounded-[2px] bg-stored" />
          Saving
        </dt>
        <dd className="font-semibold">{formatPercent(percents.total)}</dd>
      </div>
    </dl>
  );
}
