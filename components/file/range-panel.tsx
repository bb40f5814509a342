"use client";

import { useQuery } from "@tanstack/react-query";
import { X } from "lucide-react";
import { dedupRangeQuery } from "#lib/browser/queries/dedup.ts";
import type { FileRangeSharing, RangePiece } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatCount, formatExactSize, formatSize, plural, shortHash } from "#lib/core/format.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Bytes, Size } from "../ui/size.tsx";
import { copy } from "../ui/toast.tsx";
import { Holders } from "./holders.tsx";
import { CLASS_WORDS } from "./map-words.ts";
import { Swatch } from "./swatch.tsx";

interface RangePanelProps {
  id: BucketId;
  path: string;
  /** Logical bytes `[start, end)`. */
  start: number;
  end: number;
  onClose: () => void;
}

/** A stretch of the file: who else holds it, and the pieces that it is made of. */
export function RangePanel({ id, path, start, end, onClose }: RangePanelProps) {
  const { data, error, refetch, isPlaceholderData } = useQuery(dedupRangeQuery(id, path, { start, end }));
  return (
    <section aria-label="The chosen stretch" className="rounded-control border border-line bg-canvas">
      <div className="flex flex-wrap items-center gap-x-2.5 gap-y-1 px-3.5 py-2">
        <h3 className="font-semibold">
          <Bytes bytes={end - start} />
        </h3>
        <p className="mr-auto text-muted text-secondary" title={`${formatExactSize(start)} to ${formatExactSize(end)}`}>
          {`from ${formatSize(start)} to ${formatSize(end)}`}
          {data && !isPlaceholderData && ` · ${plural(data.chunks, "chunk")}`}
        </p>
        {isPlaceholderData && <span aria-hidden className="spinner after-150 size-3 text-muted" />}
        <Button variant="ghost" size="iconSmall" aria-label="Close the stretch" onClick={onClose}>
          <X />
        </Button>
      </div>
      <p role="status" className="sr-only">
        {data && !isPlaceholderData ? `${formatSize(end - start)} chosen, ${holdersWords(data)}` : ""}
      </p>
      {error && !data ? (
        <div className="px-3.5 pb-3.5">
          <ErrorNotice title="Who holds this stretch could not be read" error={error} onRetry={() => refetch()} />
        </div>
      ) : data ? (
        <div
          aria-busy={isPlaceholderData}
          className={`grid grid-cols-[minmax(0,1fr)] gap-x-5 gap-y-3 px-3.5 pb-3.5 lg:grid-cols-[minmax(0,5fr)_minmax(0,8fr)] ${isPlaceholderData ? "opacity-60" : ""}`}
        >
          <div>
            <h4 className="mb-1.5 text-muted text-secondary">{`Held by ${holdersWords(data)}`}</h4>
            <Holders
              id={id}
              path={path}
              holders={data.holders}
              more={data.moreHolders}
              of={data.end - data.start}
              shown={6}
            />
          </div>
          <Pieces data={data} />
        </div>
      ) : (
        <div role="status" aria-label="Reading who holds it" className="after-150 grid gap-2 px-3.5 pb-3.5">
          {[70, 52, 61].map((width) => (
            <span key={width} className="skeleton h-4" style={{ width: `${width}%` }} />
          ))}
        </div>
      )}
    </section>
  );
}

function holdersWords({ holders, moreHolders }: FileRangeSharing): string {
  if (holders.length === 0) return "no other file";
  return moreHolders ? `more than ${formatCount(holders.length)} other files` : plural(holders.length, "other file");
}

function Pieces({ data: { pieces, morePieces } }: { data: FileRangeSharing }) {
  return (
    <div className="min-w-0">
      <h4 className="mb-1.5 text-muted text-secondary">
        {`Terms${morePieces ? `, the first ${formatCount(pieces.length)}` : ""}`}
      </h4>
      <section
        aria-label="Terms of the stretch"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="max-h-64 overflow-auto rounded-control border border-line bg-panel"
      >
        <table className="w-full whitespace-nowrap text-right [&_td]:px-3 [&_td]:py-1 [&_th]:px-3 [&_th]:py-1.5">
          <caption className="sr-only">Pieces in file order, with their place in the store</caption>
          <thead className="sticky top-0 bg-panel text-muted text-secondary [&_th]:font-medium">
            <tr>
              <th scope="col" className="text-left">
                From
              </th>
              <th scope="col">Size</th>
              <th scope="col" className="text-left">
                Xorb
              </th>
              <th scope="col" className="text-left">
                Chunks
              </th>
              <th scope="col">On disk</th>
              <th scope="col" className="text-left">
                Held by
              </th>
            </tr>
          </thead>
          <tbody className="[&_tr]:border-hairline [&_tr]:border-t">
            {pieces.map((piece) => (
              <Piece key={piece.start} piece={piece} />
            ))}
          </tbody>
        </table>
      </section>
    </div>
  );
}

function Piece({ piece }: { piece: RangePiece }) {
  const { start, end, xorb, chunkStart, chunkEnd, stored, holders } = piece;
  return (
    <tr>
      <th scope="row" className="text-left font-normal">
        <Bytes bytes={start} />
      </th>
      <td>
        <Size bytes={end - start} />
      </td>
      <td className="text-left">
        <button
          type="button"
          title={`${xorb}\nCopy xorb hash`}
          onClick={() => copy(xorb, "Xorb hash")}
          className="rounded-mark font-mono text-[12px] hover:text-accent-ink pointer-coarse:h-11"
        >
          {shortHash(xorb)}
        </button>
      </td>
      <td className="text-left">{chunkEnd - chunkStart === 1 ? chunkStart : `${chunkStart}–${chunkEnd - 1}`}</td>
      <td>
        <Size bytes={stored} />
      </td>
      <td className="text-left">
        <span className="inline-flex items-center gap-1.5" title={CLASS_WORDS[piece.class].name}>
          <Swatch of={piece.class} />
          {holders === 0
            ? piece.class === "own"
              ? "this file alone"
              : "parts by others"
            : plural(holders, "other file")}
        </span>
      </td>
    </tr>
  );
}
