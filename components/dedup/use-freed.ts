import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { dedupSelectionQuery } from "#lib/browser/queries/dedup.ts";
import type { SelectionFigures } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";

/** The most paths that the server weighs at once. */
const PATHS_MAX = 100_000;

export interface Freed {
  /** undefined while it is not known. */
  data: SelectionFigures | undefined;
  /** It will not be known. */
  failed: boolean;
}

/** What deleting these entries frees; `on` false where there are no figures. */
export function useFreed(id: BucketId, entries: readonly BucketEntry[], on: boolean): Freed | null {
  const paths = useMemo(() => {
    const files: string[] = [];
    const folders: string[] = [];
    for (const { type, path } of entries) (type === "file" ? files : folders).push(path);
    return { files, folders };
  }, [entries]);
  const asked = on && entries.length > 0 && entries.length <= PATHS_MAX;
  const { data, isError } = useQuery({ ...dedupSelectionQuery(id, paths), enabled: asked });
  if (!on) return null;
  return { data, failed: !asked || isError };
}
