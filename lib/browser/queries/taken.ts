/** Which of the paths that somebody wants to write are taken already. */
import { queryOptions } from "@tanstack/react-query";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { api } from "../api.ts";
import type { EntryJson } from "./tree.ts";

/** The Hub's limit for one question. */
const PIECE = 1000;

/** Paths of `paths` that are files of the bucket. `key` stands for the list. */
export function takenQuery(id: BucketId, key: string, paths: readonly string[]) {
  return queryOptions({
    queryKey: ["bucket", id, "taken", key],
    gcTime: 0,
    queryFn: async ({ signal }): Promise<string[]> => {
      const taken: string[] = [];
      for (let at = 0; at < paths.length; at += PIECE) {
        const json = { paths: paths.slice(at, at + PIECE) };
        const found = await api<EntryJson[]>(`/api/buckets/${id}/paths-info`, { method: "POST", json, signal });
        taken.push(...found.filter(({ type }) => type === "file").map(({ path }) => path));
      }
      return taken;
    },
  });
}
