/** Savings and shares in percent, as people read them. */
import { type DedupFigures, savingOf } from "./figures.ts";

/** Percent with one decimal, as numbers: the two causes add up to the total as written. */
export interface SavingPercents {
  total: number;
  deduplication: number;
  compression: number;
}

const tenths = (share: number) => Math.round(share * 1000);

export function savingPercents(figures: Pick<DedupFigures, "logical" | "unique" | "stored">): SavingPercents {
  const saving = savingOf(figures);
  const total = tenths(saving.total);
  const deduplication = tenths(saving.deduplication);
  // Rounded each for itself they could miss the total by a tenth.
  return {
    total: total / 10,
    deduplication: deduplication / 10,
    compression: (total - deduplication) / 10,
  };
}

/** "73.4%"; a true minus where more is stored than there is. */
export function formatPercent(percent: number, digits = 1): string {
  const text = Math.abs(percent).toFixed(digits);
  return `${percent < 0 && Number(text) > 0 ? "−" : ""}${text}%`;
}

/** "73%" for a share of 0 to 1: never 0% for what is something, never 100% for what is not all. */
export function formatPart(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.5) return "under 1%";
  if (percent < 100 && percent >= 99.5) return "over 99%";
  return formatPercent(percent, 0);
}
