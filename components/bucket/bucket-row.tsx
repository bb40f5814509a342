import { Globe, Lock, ShieldCheck } from "lucide-react";
import Link from "next/link";
import { savingOf } from "#lib/core/bucket/dedup/figures.ts";
import { formatPart } from "#lib/core/bucket/dedup/percent.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import { SavingBar } from "../dedup/saving-bar.tsx";
import { Size } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";
import type { ListedBucket } from "./bucket-list.tsx";

interface BucketRowProps {
  bucket: ListedBucket;
  /** The table has columns for what is stored. */
  stored: boolean;
  /** Logical bytes of the largest bucket. */
  largest: number;
  shield: boolean;
}

export function BucketRow({ bucket, stored, largest, shield }: BucketRowProps) {
  const Icon = bucket.visibility === "private" ? Lock : Globe;
  const name = bucket.id.slice(bucket.id.indexOf("/") + 1);
  return (
    <tr className="group h-9 max-sm:grid max-sm:grid-cols-[minmax(0,1fr)_auto] focus-within:bg-accent-soft hover:bg-hover max-sm:h-14 [&:not(:last-child)>td]:border-hairline [&:not(:last-child)>td]:border-b">
      <td className="relative p-0 group-focus-within:before:absolute group-focus-within:before:inset-y-0 group-focus-within:before:left-0 group-focus-within:before:w-0.5 group-focus-within:before:bg-stored">
        <Link
          data-bucket
          href={`/buckets/${bucket.id}`}
          prefetch={false}
          className="flex h-[35px] min-w-0 items-center gap-2.5 pr-3 pl-3.5 focus-visible:outline-offset-[-2px] max-sm:h-[55px]"
        >
          <Icon aria-label={bucket.visibility} strokeWidth={1.75} className="size-4 shrink-0 text-faint" />
          <span className="grid min-w-0">
            <span className="flex min-w-0 items-center gap-2">
              <span className="truncate font-medium max-sm:text-[15px]">{name}</span>
              {shield && (
                <ShieldCheck aria-label="protected" strokeWidth={1.75} className="size-3.5 shrink-0 text-faint" />
              )}
            </span>
            <span className="truncate text-muted text-secondary sm:hidden">
              {plural(bucket.files, "file")} · <Time value={bucket.updatedAt} />
            </span>
          </span>
        </Link>
      </td>
      {stored ? <StoredCells bucket={bucket} /> : <LogicalCell bucket={bucket} largest={largest} />}
      <td className="pr-6 text-right max-md:hidden">{formatCount(bucket.files)}</td>
      {!stored && (
        <td className="truncate text-muted max-md:hidden">
          <Time value={bucket.createdAt} />
        </td>
      )}
      <td className="truncate text-muted max-sm:hidden">
        <Time value={bucket.updatedAt} />
      </td>
    </tr>
  );
}

/** Stored stands beside logical, and what was saved beside both. */
function StoredCells({ bucket: { size, figures } }: { bucket: ListedBucket }) {
  const saving = figures === null || figures.logical === 0 ? null : formatPart(Math.max(0, savingOf(figures).total));
  return (
    <>
      <td className="pr-4 text-right max-sm:flex max-sm:flex-col max-sm:items-end max-sm:justify-center max-sm:gap-1">
        <Size bytes={size} />
        {figures !== null && (
          <span className="flex items-center gap-2 text-muted text-secondary sm:hidden">
            <SavingBar figures={figures} className="h-1 w-14" />
            {saving !== null && `${saving} saved`}
          </span>
        )}
      </td>
      <td className="pr-4 text-right max-sm:hidden">
        <Size bytes={figures?.stored ?? null} />
      </td>
      <td className="pr-6 max-md:hidden">
        {figures !== null && (
          <span className="flex items-center justify-end gap-3">
            <SavingBar figures={figures} className="h-1.5 w-20" />
            <span className="w-12 text-right">{saving ?? <span className="text-faint">–</span>}</span>
          </span>
        )}
      </td>
    </>
  );
}

function LogicalCell({ bucket, largest }: { bucket: ListedBucket; largest: number }) {
  return (
    <td className="pr-4">
      <span className="flex items-center justify-end gap-3 max-sm:h-full max-sm:flex-col max-sm:items-end max-sm:justify-center max-sm:gap-1">
        <Size bytes={bucket.size} />
        <span aria-hidden className="h-1 w-20 overflow-hidden rounded-full bg-line/70 max-sm:w-14">
          <span
            className="block h-full rounded-full bg-unique"
            style={{ width: `${(bucket.size / largest) * 100}%` }}
          />
        </span>
      </span>
    </td>
  );
}
