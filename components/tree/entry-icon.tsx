import type { BucketEntry } from "#lib/core/bucket/entry.ts";

const FOLDER =
  "M20 20a2 2 0 0 0 2-2V8a2 2 0 0 0-2-2h-7.9a2 2 0 0 1-1.69-.9L9.6 3.9A2 2 0 0 0 7.93 3H4a2 2 0 0 0-2 2v13a2 2 0 0 0 2 2Z";
const SHEET = "M6 22a2 2 0 0 1-2-2V4a2 2 0 0 1 2-2h8l6 6v12a2 2 0 0 1-2 2zM14 2v5a1 1 0 0 0 1 1h5";

/** What stands on the sheet, by the end of the name. One outline for all: a list shows a dozen kinds at little cost. */
const MARKS: [RegExp, string][] = [
  [/\.(md|txt|rst|log|out)$|(^|\/)(license|readme)$/i, "M8 12h8M8 16h5"],
  [/\.(ya?ml|toml|ini|cfg|conf|env)$/i, "M8 12h8M8 17h8M10 10.5v3M14 15.5v3"],
  [/\.(jsonl?|ndjson)$/i, "M10 11c-2 0 0 4-2 4 2 0 0 4 2 4M14 11c2 0 0 4 2 4-2 0 0 4-2 4"],
  [/\.(csv|tsv|parquet|arrow|feather)$/i, "M8 12h8v6H8zM8 15h8M12 12v6"],
  [/\.(png|jpe?g|gif|webp|avif|svg|bmp|ico)$/i, "M8 18l3-4 2 2.5 1.5-1.5L17 18zM9 11.5h.01"],
  [/\.(py|js|ts|sh|ipynb|rs|c|cpp|cu|go|java|html?|css)$/i, "m10 12.5-2 2.5 2 2.5M14 12.5l2 2.5-2 2.5"],
  [/\.(zip|tar|gz|tgz|zst|bz2|xz|7z|whl)$/i, "M10 6v1M10 10v1M10 14v4"],
  [
    /\.(safetensors|bin|pt|pth|ckpt|gguf|onnx|npy|npz|pkl)$/i,
    "M8 12h.01M12 12h.01M16 12h.01M8 17h.01M12 17h.01M16 17h.01",
  ],
];

export function EntryIcon({ entry }: { entry: Pick<BucketEntry, "type" | "path"> }) {
  const folder = entry.type === "directory";
  const mark = folder ? "" : (MARKS.find(([pattern]) => pattern.test(entry.path))?.[1] ?? "");
  return (
    <svg
      viewBox="0 0 24 24"
      aria-hidden="true"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      className={`size-4 shrink-0 ${folder ? "fill-accent-ink/16 text-accent-ink" : "text-muted"}`}
    >
      <path d={folder ? FOLDER : SHEET + mark} />
    </svg>
  );
}
