import {
  File,
  FileArchive,
  FileBraces,
  FileChartLine,
  FileCode,
  FileCog,
  FileImage,
  FileText,
  Folder,
} from "lucide-react";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";

const BY_EXTENSION: [RegExp, typeof File][] = [
  [/\.(md|txt|rst|log|out)$|(^|\/)(license|readme)$/i, FileText],
  [/\.(ya?ml|toml|ini|cfg|conf|env)$/i, FileCog],
  [/\.(jsonl?|ndjson)$/i, FileBraces],
  [/\.(csv|tsv|parquet|arrow|feather)$/i, FileChartLine],
  [/\.(png|jpe?g|gif|webp|avif|svg|bmp|ico)$/i, FileImage],
  [/\.(py|js|ts|sh|ipynb|rs|c|cpp|cu|go|java|html?|css)$/i, FileCode],
  [/\.(zip|tar|gz|tgz|zst|bz2|xz|7z|whl)$/i, FileArchive],
];

export function EntryIcon({ entry }: { entry: Pick<BucketEntry, "type" | "path"> }) {
  if (entry.type === "directory") {
    return <Folder aria-hidden strokeWidth={1.75} className="size-4 shrink-0 fill-accent-ink/16 text-accent-ink" />;
  }
  const Icon = BY_EXTENSION.find(([pattern]) => pattern.test(entry.path))?.[1] ?? File;
  return <Icon aria-hidden strokeWidth={1.75} className="size-4 shrink-0 text-muted" />;
}
