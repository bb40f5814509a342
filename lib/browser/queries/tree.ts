import { infiniteQueryOptions } from "@tanstack/react-query";
import type { BucketEntry, Page } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { ask, nextCursor } from "../api.ts";

export type TreeSort = "name" | "size" | "uploaded";

/** How a folder is shown; it stands in the page's address. */
export interface TreeView {
  sort: TreeSort;
  direction: "asc" | "desc";
  /** Part of a name; "" shows all. */
  filter: string;
}

/** Rows of the first page, which the server renders, and of each later one. */
export const FIRST_PAGE = 100;
export const NEXT_PAGE = 1000;

const SORTS: readonly string[] = ["name", "size", "uploaded"];

/** Reads `?sort=size&direction=desc&q=ckpt`; anything else falls back to the plain order by name. */
export function parseTreeView(read: (name: string) => string | null | undefined): TreeView {
  const sort = read("sort") ?? "";
  const known = SORTS.includes(sort) ? (sort as TreeSort) : "name";
  return { sort: known, direction: read("direction") === "desc" ? "desc" : "asc", filter: read("q") ?? "" };
}

/** The address's query for a view; "" for the plain one. */
export function formatTreeView({ sort, direction, filter }: TreeView): string {
  const query = new URLSearchParams();
  if (filter !== "") query.set("q", filter);
  if (sort !== "name" || direction !== "asc") {
    query.set("sort", sort);
    query.set("direction", direction);
  }
  return query.size === 0 ? "" : `?${query}`;
}

export function treeKey(id: BucketId, prefix?: string) {
  return prefix === undefined ? ["bucket", id, "tree"] : ["bucket", id, "tree", prefix];
}

/** One folder, page by page, in the order of `view`. */
export function treeQuery(id: BucketId, prefix: string, view: TreeView) {
  return infiniteQueryOptions({
    queryKey: [...treeKey(id, prefix), view.sort, view.direction, view.filter],
    initialPageParam: null as string | null,
    queryFn: async ({ pageParam, signal }): Promise<Page<BucketEntry>> => {
      const query = new URLSearchParams({
        recursive: "false",
        sort: view.sort,
        direction: view.direction,
        limit: String(pageParam === null ? FIRST_PAGE : NEXT_PAGE),
      });
      if (view.filter !== "") query.set("search", view.filter);
      if (pageParam !== null) query.set("cursor", pageParam);
      const path = prefix === "" ? "" : `/${encodePath(prefix)}`;
      const { value, headers } = await ask<EntryJson[]>(`/api/buckets/${id}/tree${path}?${query}`, { signal });
      const order = headers.get("X-Order") === "path" ? { order: "path" as const } : {};
      return { items: value.map(readEntry), cursor: nextCursor(headers), ...order };
    },
    getNextPageParam: (page) => page.cursor,
    // A long scroll is many pages; asking for all of them again on every focus would be heavy.
    refetchOnWindowFocus: (query) => (query.state.data?.pages.length ?? 0) <= 3,
  });
}

export interface EntryJson {
  type: "file" | "directory";
  path: string;
  size?: number;
  files?: number;
  xetHash?: string;
  mtime?: string;
  uploadedAt?: string;
  contentType?: string;
}

const time = (text: string | undefined) => (text === undefined ? null : Date.parse(text));

/** The wire form of this server, which needs no schema in the browser: `core/bucket/entry.ts` wrote it. */
function readEntry(json: EntryJson): BucketEntry {
  const { path } = json;
  const uploadedAt = time(json.uploadedAt);
  if (json.type === "directory") {
    return { type: "directory", path, size: json.size ?? null, files: json.files ?? null, uploadedAt };
  }
  return {
    type: "file",
    path,
    size: json.size ?? 0,
    xetHash: json.xetHash ?? "",
    mtime: time(json.mtime),
    uploadedAt,
    contentType: json.contentType ?? null,
  };
}
