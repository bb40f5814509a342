import { Badge } from "../ui/badge.tsx";

/** Beside the name of what is being uploaded. */
export function MarkBadge({ percent }: { percent: number }) {
  return (
    <Badge tone="new">
      <span aria-hidden>↑</span>
      uploading {percent}%
    </Badge>
  );
}
