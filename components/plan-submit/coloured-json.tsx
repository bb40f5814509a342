import type { ReactNode } from "react";

const NAME = /"(?:[^"\\]|\\.)*"\s*:/g;

/** One line of JSON, whole or broken: what names a value is muted, values stand out. */
export function colouredJson(text: string): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const match of text.matchAll(NAME)) {
    if (match.index > at) parts.push(text.slice(at, match.index));
    parts.push(
      <span key={match.index} className="text-muted">
        {match[0]}
      </span>,
    );
    at = match.index + match[0].length;
  }
  if (at < text.length) parts.push(text.slice(at));
  return parts;
}
