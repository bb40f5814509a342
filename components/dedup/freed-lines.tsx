import { type DedupFigures, sharedOf } from "#lib/core/bucket/dedup/figures.ts";
import { Recycle } from "../ui/icons.tsx";
import { Bytes } from "../ui/size.tsx";

interface FreedLinesProps {
  /** undefined while they are being read. */
  figures: DedupFigures | undefined;
  failed: boolean;
}

/** What deleting a thing gives back, for a dialog that asks before it does. */
export function FreedLines({ figures, failed }: FreedLinesProps) {
  return (
    <section aria-label="What it frees" aria-live="polite" className="rounded-control bg-sunken px-3 py-2.5">
      <p className="flex items-center gap-2 font-medium">
        <Recycle aria-hidden strokeWidth={1.75} className="size-4 shrink-0 text-muted" />
        {figures ? (
          <span>
            Deleting frees <Bytes bytes={figures.freed} /> on disk
          </span>
        ) : failed ? (
          "What it frees could not be weighed"
        ) : (
          "Weighing what it frees"
        )}
        {!figures && !failed && <span aria-hidden className="spinner after-150 size-3 text-muted" />}
      </p>
      {figures && (
        <p className="mt-0.5 pl-6 text-muted text-secondary">
          <Reason figures={figures} /> Counted within what you can see; the space comes back once garbage collection has
          run.
        </p>
      )}
      {failed && !figures && (
        <p className="mt-0.5 pl-6 text-muted text-secondary">
          Deleting works all the same; the Dedup tab has the figures.
        </p>
      )}
    </section>
  );
}

function Reason({ figures }: { figures: DedupFigures }) {
  const { logical, exclusive } = figures;
  const shared = sharedOf(figures);
  if (logical === 0) return "There are no bytes in it.";
  if (shared === 0) {
    return (
      <>
        No other file holds any of its <Bytes bytes={exclusive} /> unique.
      </>
    );
  }
  if (exclusive === 0) {
    return (
      <>
        Other files hold all of its <Bytes bytes={shared} /> unique and keep them.
      </>
    );
  }
  return (
    <>
      <Bytes bytes={exclusive} /> are exclusive; <Bytes bytes={shared} /> are shared with other files, which keep them.
    </>
  );
}
