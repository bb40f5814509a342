/**
 * Listings of an upstream. A Hub gives one level in path order only, and matches prefixes as text: what lies beside the
 * folder is dropped here, other orders and filters are made here for a level of at most LEVEL_MAX entries. Another
 * Cooperage does all of that itself and is simply asked.
 */
import { listFiles } from "@huggingface/hub";
import type { BucketEntry, BucketFolder, Page } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, encodePath, isUnder, parentOf } from "#lib/core/bucket/path.ts";
import { HubError } from "#lib/core/errors.ts";
import type { Actor } from "../actor.ts";
import type { Direction, TreeOptions, TreeSort } from "../hub.ts";
import { createExpiringMap } from "./cache.ts";
import { libraryFault, nextQuery, type UpstreamClient } from "./client.ts";
import { keysetPage, type SortKey } from "./order.ts";
import { readEntries } from "./wire.ts";

/** Most entries of one folder that are sorted or filtered here. */
export const LEVEL_MAX = 10_000;
/** How long a level is kept, ms; that one is too long is remembered longer, since finding out reads LEVEL_MAX entries. */
const LEVEL_MS = 5_000;
const LONG_LEVEL_MS = 60_000;
const LEVELS_KEPT = 32;
/** What a Hub is asked for at a time when a whole level is read; it may give less. */
const LEVEL_PAGE = 5_000;
/** Most pages that one request reads in search of an entry that passes. */
const PAGES_MAX = 10;

export interface UpstreamTree {
  list(actor: Actor, id: BucketId, options: TreeOptions): Promise<Page<BucketEntry>>;
  folder(actor: Actor, id: BucketId, path: string): Promise<BucketFolder | null>;
  /** Paths of all files strictly below a folder. */
  walk(actor: Actor, id: BucketId, folder: string): AsyncIterable<string>;
  /** After a change through this server: forget what was kept of the bucket. */
  changed(id: BucketId): void;
}

interface TreeContext {
  client: UpstreamClient;
  clock: () => number;
  /** True when the upstream is another Cooperage. */
  isKin(): Promise<boolean>;
}

export function createUpstreamTree({ client, clock, isKin }: TreeContext): UpstreamTree {
  const levels = createExpiringMap<BucketEntry[] | null>({
    clock,
    lifetime: (level) => (level === null ? LONG_LEVEL_MS : LEVEL_MS),
    max: LEVELS_KEPT,
  });

  /** One answer of the Hub, with what lies beside `prefix` dropped. */
  async function ask(
    actor: Actor,
    id: BucketId,
    prefix: string,
    query: string,
  ): Promise<{ items: BucketEntry[]; next: string }> {
    const path = `/api/buckets/${id}/tree${prefix && `/${encodePath(prefix)}`}?${query}`;
    const { value, headers } = await client.json(actor, path, { missing: "RepoNotFound", bucketId: id });
    const items = readEntries(value).filter(
      (entry) => isUnder(entry.path, prefix) && (entry.type === "file" || entry.path !== prefix),
    );
    return { items, next: nextQuery(headers) };
  }

  /** Pages as the Hub cuts them; `keep` may empty some, so that several are read for one. */
  async function pass(
    actor: Actor,
    id: BucketId,
    prefix: string,
    query: string,
    keep: (entry: BucketEntry) => boolean = () => true,
  ): Promise<Page<BucketEntry>> {
    let next = query;
    for (let pages = 1; ; pages++) {
      const answer = await ask(actor, id, prefix, next);
      const items = answer.items.filter(keep);
      next = answer.next;
      if (items.length > 0 || next === "" || pages === PAGES_MAX) {
        return { items, cursor: next === "" ? null : `p${Buffer.from(next).toString("base64url")}` };
      }
    }
  }

  /** All of one level; null when it is longer than LEVEL_MAX. */
  function level(actor: Actor, id: BucketId, prefix: string): Promise<BucketEntry[] | null> {
    return levels.get(JSON.stringify([id, prefix, client.key(actor)]), async () => {
      const entries: BucketEntry[] = [];
      let query = `recursive=false&expand=true&limit=${LEVEL_PAGE}`;
      while (query !== "") {
        const { items, next } = await ask(actor, id, prefix, query);
        entries.push(...items);
        if (entries.length > LEVEL_MAX || (entries.length === LEVEL_MAX && next !== "")) return null;
        query = next;
      }
      return entries;
    });
  }

  return {
    async list(actor, id, options) {
      const { prefix, recursive, limit, cursor } = options;
      const sort = recursive || (options.sort === "name" && options.direction === undefined) ? undefined : options.sort;
      const filter = recursive ? undefined : options.filter || undefined;
      const direction = options.direction ?? (sort === "size" || sort === "uploaded" ? "desc" : "asc");
      const matches = (entry: BucketEntry) => filter === undefined || holds(baseName(entry.path), filter);

      const query = new URLSearchParams({ recursive: String(recursive), expand: "true", limit: String(limit) });
      if ((sort !== undefined || filter !== undefined) && (await isKin())) {
        if (sort !== undefined) query.set("sort", sort);
        if (sort !== undefined) query.set("direction", direction);
        if (filter !== undefined) query.set("search", filter);
        return pass(actor, id, prefix, cursor === undefined ? query.toString() : queryOf(cursor));
      }

      const order = sort === undefined ? {} : { order: "path" as const };
      if (cursor?.startsWith("p")) return { ...(await pass(actor, id, prefix, queryOf(cursor), matches)), ...order };
      if (sort === undefined && filter === undefined && cursor === undefined) {
        return pass(actor, id, prefix, query.toString());
      }
      const whole = await level(actor, id, prefix);
      if (whole !== null) {
        const at = cursor === undefined ? undefined : bodyOf(cursor, "k");
        const page = keysetPage(whole.filter(matches), positionIn(sort, direction), { direction, limit, cursor: at });
        return { items: page.items, cursor: page.cursor && `k${page.cursor}` };
      }
      if (cursor !== undefined) throw staleCursor();
      return { ...(await pass(actor, id, prefix, query.toString(), matches)), ...order };
    },

    async folder(actor, id, path) {
      if (await isKin()) {
        const parent = parentOf(path);
        const query = new URLSearchParams({ recursive: "false", limit: "1000", search: baseName(path) });
        let next = query.toString();
        while (next !== "") {
          const answer = await ask(actor, id, parent, next);
          const found = answer.items.find((entry) => entry.type === "directory" && entry.path === path);
          if (found !== undefined) return found as BucketFolder;
          next = answer.next;
        }
        return null;
      }
      // With its slash, so that a Hub that matches prefixes as text does not answer with `path`'s neighbours first.
      let next = "recursive=true&limit=1";
      for (let pages = 0; next !== "" && pages < PAGES_MAX; pages++) {
        const answer = await client.json(actor, `/api/buckets/${id}/tree/${encodePath(path)}%2F?${next}`, {
          missing: "RepoNotFound",
          bucketId: id,
        });
        if (readEntries(answer.value).some((entry) => entry.path.startsWith(`${path}/`))) {
          return { type: "directory", path, size: null, files: null, uploadedAt: null };
        }
        next = nextQuery(answer.headers).replace(/\blimit=1\b/, "limit=1000");
      }
      return null;
    },

    async *walk(actor, id, folder) {
      const params = client.library(actor, { missing: "RepoNotFound", bucketId: id });
      const path = folder && `${encodePath(folder)}%2F`;
      const entries = listFiles({ ...params, repo: { type: "bucket", name: id }, path, recursive: true });
      try {
        for await (const entry of entries) {
          if (entry.type === "file" && (folder === "" || entry.path.startsWith(`${folder}/`))) yield entry.path;
        }
      } catch (error) {
        throw libraryFault(error);
      }
    },

    changed(id) {
      levels.forget((key) => JSON.parse(key)[0] === id);
    },
  };
}

/** Where an entry stands in an order. By name folders come first; a size or time that is not known comes last. */
function positionIn(sort: TreeSort | undefined, direction: Direction): (entry: BucketEntry) => [SortKey, string] {
  const first = direction === "asc" ? 0 : 1;
  return (entry) => {
    const folder = entry.type === "directory";
    // A file may bear the name of a folder, and then follows it. No path holds a NUL, and nothing sorts before it.
    const place = `${entry.path}\0${folder ? 0 : 1}`;
    if (sort === "name") return [folder ? first : 1 - first, place];
    if (sort === "size") return [entry.size, place];
    if (sort === "uploaded") return [entry.uploadedAt, place];
    return [null, place];
  };
}

function holds(name: string, filter: string): boolean {
  return foldAscii(name).includes(foldAscii(filter));
}

function foldAscii(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** Our cursors say by their first letter whose they are: the Hub's own next query, or a key of a level sorted here. */
function bodyOf(cursor: string, kind: "p" | "k"): string {
  if (cursor.startsWith(kind)) return cursor.slice(1);
  throw new HubError("BadRequest", "The cursor is not one of this listing's.");
}

function queryOf(cursor: string): string {
  return Buffer.from(bodyOf(cursor, "p"), "base64url").toString();
}

function staleCursor(): HubError {
  return new HubError("Conflict", `The folder grew past ${LEVEL_MAX} entries meanwhile; list it again from its start.`);
}
