"use client";

import { baseName } from "#lib/core/bucket/path.ts";
import { plural } from "#lib/core/format.ts";
import { EntryIcon } from "../tree/entry-icon.tsx";
import { Size } from "../ui/size.tsx";
import type { UploadMark } from "./door.ts";
import { MarkBadge } from "./mark-badge.tsx";
import { formatDuration } from "./progress.ts";

const SHOWN = 8;

interface ComingRowsProps {
  marks: ReadonlyMap<string, UploadMark>;
  /** Paths that have a row of their own already. */
  has: (path: string) => boolean;
}

/** What is being uploaded and not in the list yet: it stands above it. */
export function ComingRows({ marks, has }: ComingRowsProps) {
  const coming = [...marks].filter(([path]) => !has(path)).slice(0, SHOWN);
  if (coming.length === 0) return null;
  return (
    <tbody aria-label="On their way" className="max-sm:block">
      {coming.map(([path, { folder, percent, size, files, left }]) => (
        <tr
          key={path}
          className="h-9 text-muted max-sm:grid max-sm:h-14 max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:items-center [&>td]:border-hairline [&>td]:border-b"
        >
          <td className="max-sm:hidden" />
          <td className="p-0">
            <span className="flex min-w-0 items-center gap-2.5 pr-3 max-sm:pl-4">
              <EntryIcon entry={{ type: folder ? "directory" : "file", path }} />
              <span className="truncate font-medium text-ink" title={path}>
                {baseName(path)}
                {folder && <span className="font-normal text-faint">/</span>}
              </span>
              <MarkBadge percent={percent} />
              {folder && <span className="shrink-0 text-secondary max-md:hidden">{plural(files, "file")} to come</span>}
            </span>
          </td>
          <td className="pr-4">
            <span className="flex justify-end gap-2.5">
              <Size bytes={size} />
              <span aria-hidden className="w-16 max-sm:hidden" />
            </span>
          </td>
          <td className="truncate pr-3 text-new-ink max-sm:hidden">
            {left === null ? "" : `${formatDuration(left)} left`}
          </td>
          <td className="text-faint max-md:hidden">–</td>
          <td className="max-sm:hidden" />
        </tr>
      ))}
    </tbody>
  );
}
