import type { ShareClass } from "#lib/core/bucket/dedup/figures.ts";
import { CLASS_WORDS } from "./map-words.ts";

/** Marks before colour: a dot is exclusive, a slit shared with few, plain shared widely. */
export const CLASS_MARKS: Record<ShareClass, string> = {
  own: "after:absolute after:inset-0 after:m-auto after:size-1 after:rounded-full after:bg-panel",
  few: "after:absolute after:inset-x-1/4 after:inset-y-0 after:my-auto after:h-px after:bg-panel",
  wide: "",
};

/** The mark of a class, as the cells of the map wear it. */
export function Swatch({ of }: { of: ShareClass }) {
  return (
    <span
      aria-hidden
      style={{ background: CLASS_WORDS[of].fill }}
      className={`relative block size-3 shrink-0 rounded-[3px] ${CLASS_MARKS[of]}`}
    />
  );
}
