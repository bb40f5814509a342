"use client";

import { useQuery } from "@tanstack/react-query";
import { dedupRangeQuery } from "#lib/browser/queries/dedup.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import { Card } from "../ui/card.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Holders } from "./holders.tsx";

/** Which other files hold bytes of this one, most first. */
export function SharingCard({ id, path, size }: { id: BucketId; path: string; size: number }) {
  const { data, error, refetch } = useQuery(dedupRangeQuery(id, path, { start: 0, end: size }));
  return (
    <Card aria-labelledby="sharing" className="p-3.5">
      <div className="mb-3 flex items-center justify-between gap-3">
        <h2 id="sharing" className="font-semibold">
          Shares bytes with
        </h2>
        {data && (
          <span className="text-muted text-secondary">
            {data.moreHolders ? `over ${formatCount(data.holders.length)} files` : plural(data.holders.length, "file")}
          </span>
        )}
      </div>
      {data ? (
        <Holders id={id} path={path} holders={data.holders} more={data.moreHolders} of={size} shown={5} />
      ) : error ? (
        <ErrorNotice title="Who shares bytes could not be read" error={error} onRetry={() => refetch()} />
      ) : (
        <div role="status" aria-label="Reading who shares bytes" className="after-150 grid gap-3">
          {[84, 76, 64].map((width) => (
            <span key={width} className="skeleton h-5" style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
    </Card>
  );
}
