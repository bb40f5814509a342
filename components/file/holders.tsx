"use client";

import Link from "next/link";
import { useState } from "react";
import type { RangeHolder } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, parentOf } from "#lib/core/bucket/path.ts";
import { formatCount } from "#lib/core/format.ts";
import { filePage } from "../tree/links.ts";
import { Button } from "../ui/button.tsx";
import { Cylinder } from "../ui/icons.tsx";
import { Size } from "../ui/size.tsx";

interface HoldersProps {
  id: BucketId;
  /** The file whose bytes they hold. */
  path: string;
  holders: RangeHolder[];
  /** There are more than these. */
  more: boolean;
  /** Bytes that the bars are a share of. */
  of: number;
  /** How many are shown at first. */
  shown: number;
}

/** Other files that hold bytes, most first, each with its share. */
export function Holders({ id, path: own, holders, more, of, shown }: HoldersProps) {
  const [all, setAll] = useState(false);
  if (holders.length === 0) return <p className="text-muted">Nothing that you can see holds a byte of it.</p>;
  return (
    <>
      <ul className="grid grid-cols-[minmax(0,1fr)] gap-2">
        {(all ? holders : holders.slice(0, shown)).map(({ bucket, path, bytes }) => (
          <li key={`${bucket}/${path}`}>
            <span className="flex items-center gap-2">
              {bucket !== id && (
                <Cylinder aria-label="in another bucket" strokeWidth={1.75} className="size-3.5 shrink-0 text-faint" />
              )}
              <Link
                href={filePage(bucket, path)}
                prefetch={false}
                title={`${bucket}/${path}`}
                // The end of a path tells files apart.
                className="mr-auto truncate text-left hover:underline [direction:rtl] pointer-coarse:py-2.5"
              >
                <bdi>{placeOf(own, path, bucket === id ? null : bucket)}</bdi>
              </Link>
              <span className="shrink-0">
                <Size bytes={bytes} />
              </span>
            </span>
            <span aria-hidden className="mt-1 block h-1 overflow-hidden rounded-full bg-line/70">
              <span
                className="block h-full rounded-full bg-stored"
                style={{ width: `${Math.min(1, bytes / of) * 100}%` }}
              />
            </span>
          </li>
        ))}
      </ul>
      {holders.length > shown && (
        <Button
          size="small"
          variant="ghost"
          aria-expanded={all}
          className="mt-2 -ml-2 text-accent-ink!"
          onClick={() => setAll(!all)}
        >
          {all ? "Show fewer" : `Show all ${formatCount(holders.length)}`}
        </Button>
      )}
      {more && (all || holders.length <= shown) && (
        <p className="mt-2 text-muted text-secondary">{`These ${formatCount(holders.length)} hold most; there are more.`}</p>
      )}
    </>
  );
}

/** Of a file of the same name its folder tells it apart; of another bucket its name comes first. */
function placeOf(own: string, path: string, bucket: BucketId | null): string {
  const place = baseName(path) === baseName(own) && path !== own ? parentOf(path) || path : path;
  return bucket === null ? place : `${bucket}/${place}`;
}
