"use client";

import { Dialog } from "../ui/dialog.tsx";

const WORDS: [word: string, look: string, meaning: string][] = [
  ["Logical", "bg-logical", "The sum of file sizes: what ls shows."],
  [
    "Unique",
    "bg-unique",
    "Bytes of the distinct chunks that a file, folder, bucket or namespace refers to, each counted once, uncompressed.",
  ],
  ["Stored", "bg-stored", "What those chunks take on disk: compressed, with 8 bytes of header for each."],
  ["Exclusive", "", "The part of unique that nothing outside refers to, within what you can see."],
  ["Shared", "", "Unique minus exclusive: the chunks that something outside refers to as well."],
  [
    "Freed if deleted",
    "",
    "Stored bytes of the chunks that would lose their last reference. Collected some weeks later, since clients may still rely on them.",
  ],
  ["New", "bg-new", "Bytes of a checkpoint or an upload that nothing before it, of what is in the bucket now, holds."],
  [
    "Saving",
    "hatch",
    "1 − stored / logical. Deduplication is the step from logical to unique, compression the step from unique to stored.",
  ],
];

/** The contract of every figure of the page. */
export function WordsDialog({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="What these words mean" onClose={onClose} width={600}>
      <dl aria-label="Words for sizes" tabIndex={0} className="mt-1">
        {WORDS.map(([word, look, meaning]) => (
          <div
            key={word}
            className="grid gap-x-4 border-hairline border-t py-2.5 first:border-t-0 sm:grid-cols-[132px_1fr]"
          >
            <dt className="flex items-center gap-2 self-start font-medium">
              <span aria-hidden className={`size-2.5 rounded-[2px] ${look}`} />
              {word}
            </dt>
            <dd className="text-muted">{meaning}</dd>
          </div>
        ))}
      </dl>
      <p className="mt-2 border-line border-t pt-3 text-muted">
        A chunk is a piece of some 8 to 128 kB, cut where the content says, so that equal stretches of two files make
        equal chunks wherever they lie. Equal means equal to the byte. Figures are exact, not sampled; the time beside
        them says when the bucket was last counted. Buckets that you may not see count as if they did not exist.
      </p>
    </Dialog>
  );
}
