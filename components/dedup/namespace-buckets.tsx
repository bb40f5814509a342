"use client";

import Link from "next/link";
import { useId } from "react";
import type { StoreFigures } from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import { formatSize } from "#lib/core/format.ts";
import { Card, CardHead } from "../ui/card.tsx";
import { Cylinder } from "../ui/icons.tsx";
import { Size } from "../ui/size.tsx";

/** The buckets that make up a namespace's figures; a chunk that two of them hold is in both rows, and once in the sum. */
export function NamespaceBuckets({ namespace, buckets }: { namespace: string; buckets: StoreFigures["buckets"] }) {
  const id = useId();
  const rows = [...buckets].sort((a, b) => b.figures.stored - a.figures.stored);
  return (
    <Card aria-labelledby={id} className="min-w-0 overflow-clip max-sm:rounded-none max-sm:border-x-0">
      <CardHead id={id} title={`Buckets of ${namespace}`} icon={<Cylinder aria-hidden strokeWidth={1.75} />}>
        <span className="text-muted text-secondary max-sm:hidden">
          What two of them hold counts in each, and once above.
        </span>
      </CardHead>
      <table
        aria-labelledby={id}
        className="w-full table-fixed border-separate border-spacing-0 text-left max-sm:block"
      >
        <thead className="max-sm:sr-only">
          <tr className="h-8.5 text-muted text-secondary">
            {["Bucket", "Logical", "Unique", "Exclusive", "Stored", "Freed if deleted", "Saving"].map((name, at) => (
              <th
                key={name}
                scope="col"
                className={`border-line border-b font-medium ${at === 0 ? "pl-3.5" : `pr-3.5 text-right ${at === 5 ? "w-34" : "w-26"}`}`}
              >
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody className="max-sm:block">
          {rows.map(({ bucket, figures }) => (
            <tr
              key={bucket}
              className="h-9 hover:bg-hover max-sm:grid max-sm:h-14 max-sm:grid-cols-[minmax(0,1fr)_auto] max-sm:items-center max-sm:px-4 [&:not(:last-child)>td]:border-hairline [&:not(:last-child)>td]:border-b"
            >
              <td className="truncate pl-3.5 max-sm:pl-0">
                <Link
                  href={`/buckets/${bucket}/dedup`}
                  prefetch={false}
                  className="font-medium hover:underline max-sm:flex max-sm:min-h-11 max-sm:flex-col max-sm:justify-center"
                >
                  <span className="truncate">{bucket.slice(bucket.indexOf("/") + 1)}</span>
                  <span className="font-normal text-muted text-secondary sm:hidden">
                    {formatSize(figures.logical)} logical
                  </span>
                </Link>
              </td>
              <td className={figureLook}>
                <Size bytes={figures.logical} />
              </td>
              <td className={figureLook}>
                <Size bytes={figures.unique} />
              </td>
              <td className={figureLook}>
                <Size bytes={figures.exclusive} />
              </td>
              <td className="pr-3.5 text-right max-sm:pr-0">
                <Size bytes={figures.stored} />
              </td>
              <td className={figureLook}>
                <Size bytes={figures.freed} />
              </td>
              <td className={`${figureLook} font-semibold`}>
                {figures.logical === 0 ? "–" : formatPercent(savingPercents(figures).total)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

const figureLook = "pr-3.5 text-right max-sm:hidden";
