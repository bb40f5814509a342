/** What deduplication saved, and what a deletion would free. The shapes and their meaning stand in `core/bucket/dedup/figures.ts`. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import type {
  AsOf,
  CheckpointRuns,
  DedupHistory,
  DedupPage,
  DedupSort,
  DedupSummary,
  FileMap,
  FileRangeSharing,
  RankedFiles,
  SelectionFigures,
  SharingMatrix,
  StoreFigures,
} from "#lib/core/bucket/dedup/figures.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { api } from "../api.ts";

/** How a table of figures is ordered. */
export interface DedupOrder {
  sort: DedupSort;
  direction: "asc" | "desc";
}

/** Rows of the first page of a folder, which the server renders for the root, and of each later one. */
export const DEDUP_PAGE = 50;

/** Figures that are being computed again are asked for until they are there, this often (ms). */
const PENDING_MS = 2000;

const whilePending = (query: { state: { data?: AsOf } }) => (query.state.data?.pending ? PENDING_MS : false);

export function dedupKey(id: BucketId) {
  return ["bucket", id, "dedup"];
}

const base = (id: BucketId) => `/api/buckets/${id}/dedup`;

/** Of the bucket (""), a folder or a file. */
export function dedupQuery(id: BucketId, path = "") {
  return queryOptions({
    queryKey: [...dedupKey(id), "summary", path],
    queryFn: ({ signal }): Promise<DedupSummary> =>
      api(`${base(id)}${path === "" ? "" : `?${new URLSearchParams({ path })}`}`, { signal }),
    refetchInterval: whilePending,
  });
}

/** One folder's entries, page by page: folders, then files. */
export function dedupEntriesQuery(id: BucketId, path: string, { sort, direction }: DedupOrder) {
  return infiniteQueryOptions({
    queryKey: [...dedupKey(id), "entries", path, sort, direction],
    initialPageParam: null as string | null,
    queryFn: ({ pageParam, signal }): Promise<DedupPage> => {
      const query = new URLSearchParams({ path, sort, direction, limit: String(DEDUP_PAGE) });
      if (pageParam !== null) query.set("cursor", pageParam);
      return api(`${base(id)}/entries?${query}`, { signal });
    },
    getNextPageParam: (page) => page.cursor,
    placeholderData: keepPreviousData,
    refetchInterval: (query) => (query.state.data?.pages.some((page) => page.pending) ? PENDING_MS : false),
  });
}

/** Ms of rest after the last tick before the server is asked. */
const TICKING_REST = 200;

/** The union of what is selected, exactly. */
export function dedupSelectionQuery(id: BucketId, paths: { files: string[]; folders: string[] }) {
  return queryOptions({
    queryKey: [...dedupKey(id), "selection", [...paths.files].sort(), [...paths.folders].sort()],
    queryFn: async ({ signal }): Promise<SelectionFigures> => {
      await new Promise((resolve) => setTimeout(resolve, TICKING_REST));
      signal.throwIfAborted();
      return api(`${base(id)}/selection`, { method: "POST", json: paths, signal });
    },
    enabled: paths.files.length + paths.folders.length > 0,
    refetchInterval: whilePending,
  });
}

/** Without paths: the checkpoints of `run`, or of the run with most of them. */
export function dedupMatrixQuery(id: BucketId, { paths = [], run }: { paths?: string[]; run?: string }) {
  return queryOptions({
    queryKey: [...dedupKey(id), "matrix", paths, run ?? ""],
    queryFn: ({ signal }): Promise<SharingMatrix> => {
      const query = new URLSearchParams(paths.map((path) => ["path", path]));
      if (run !== undefined) query.set("run", run);
      return api(`${base(id)}/matrix${query.size === 0 ? "" : `?${query}`}`, { signal });
    },
    placeholderData: keepPreviousData,
    refetchInterval: whilePending,
  });
}

export function dedupCheckpointsQuery(id: BucketId) {
  return queryOptions({
    queryKey: [...dedupKey(id), "checkpoints"],
    queryFn: ({ signal }): Promise<CheckpointRuns> => api(`${base(id)}/checkpoints`, { signal }),
    refetchInterval: whilePending,
  });
}

export function dedupHistoryQuery(id: BucketId) {
  return queryOptions({
    queryKey: [...dedupKey(id), "history"],
    queryFn: ({ signal }): Promise<DedupHistory> => api(`${base(id)}/history`, { signal }),
    refetchInterval: whilePending,
  });
}

export function dedupFilesQuery(id: BucketId) {
  return queryOptions({
    queryKey: [...dedupKey(id), "files"],
    queryFn: ({ signal }): Promise<RankedFiles> => api(`${base(id)}/files`, { signal }),
    refetchInterval: whilePending,
  });
}

/** A file drawn from its terms, in at most `cells` stretches. */
export function dedupMapQuery(id: BucketId, path: string, cells: number) {
  return queryOptions({
    queryKey: [...dedupKey(id), "map", path, cells],
    queryFn: ({ signal }): Promise<FileMap> => api(`${base(id)}/map/${encodePath(path)}?cells=${cells}`, { signal }),
    refetchInterval: whilePending,
  });
}

/** Who else holds the bytes `[start, end)` of a file. */
export function dedupRangeQuery(id: BucketId, path: string, { start, end }: { start: number; end: number }) {
  return queryOptions({
    queryKey: [...dedupKey(id), "range", path, start, end],
    queryFn: ({ signal }): Promise<FileRangeSharing> =>
      api(`${base(id)}/range/${encodePath(path)}?${new URLSearchParams({ start: String(start), end: String(end) })}`, {
        signal,
      }),
    placeholderData: keepPreviousData,
  });
}

/** All buckets that the reader belongs to, or those of one namespace. */
export function storeQuery(namespace?: string) {
  return queryOptions({
    queryKey: ["dedup", namespace ?? ""],
    queryFn: ({ signal }): Promise<StoreFigures> =>
      api(namespace === undefined ? "/api/dedup" : `/api/dedup?${new URLSearchParams({ namespace })}`, { signal }),
    refetchInterval: whilePending,
  });
}
