import { initials } from "#lib/core/format.ts";

interface AvatarProps {
  name: string;
  /** People are round, organizations square. */
  square?: boolean;
  size?: "small" | "normal";
}

/** Lightness is fixed so that white letters pass on every hue. */
function colourOf(name: string): string {
  let hash = 7;
  for (const letter of name) hash = (hash * 31 + letter.codePointAt(0)!) % 3600;
  return `oklch(0.5 0.13 ${hash % 360})`;
}

export function Avatar({ name, square = false, size = "normal" }: AvatarProps) {
  return (
    <span
      aria-hidden
      className={`inline-flex shrink-0 select-none items-center justify-center font-semibold text-on-accent ${square ? "rounded-mark" : "rounded-full"} ${size === "small" ? "size-5 text-[9px]" : "size-6 text-[10px]"}`}
      style={{ background: colourOf(name) }}
    >
      {initials(name)}
    </span>
  );
}
