/** Buckets of an upstream: list, read, make, change, move, delete. */
import { createRepo, deleteRepo } from "@huggingface/hub";
import type { BucketInfo, Page } from "#lib/core/bucket/entry.ts";
import { type BucketId, isName, parseBucketId } from "#lib/core/bucket/id.ts";
import { HubError, isHubError } from "#lib/core/errors.ts";
import type { Actor } from "../actor.ts";
import type { BucketSettings, BucketSort, CreateBucketOptions, ListBucketsOptions } from "../hub.ts";
import { createExpiringMap } from "./cache.ts";
import { libraryFault, movedTo, nextQuery, type UpstreamClient } from "./client.ts";
import { keysetPage, type SortKey } from "./order.ts";
import type { Identity } from "./whoami.ts";
import { readArray, readBucket } from "./wire.ts";

/** How long the list of a namespace's buckets is kept, ms. */
const LIST_MS = 5_000;
const LISTS_KEPT = 128;
/** Most buckets of one namespace that are sorted here. */
const BUCKETS_MAX = 20_000;
const LIST_PAGE = 1_000;

export interface UpstreamBuckets {
  list(actor: Actor, options: ListBucketsOptions): Promise<Page<BucketInfo>>;
  get(actor: Actor, id: BucketId): Promise<BucketInfo>;
  create(actor: Actor, id: BucketId, options: CreateBucketOptions): Promise<BucketInfo>;
  update(actor: Actor, id: BucketId, settings: BucketSettings): Promise<BucketInfo>;
  move(actor: Actor, from: BucketId, to: BucketId): Promise<BucketInfo>;
  delete(actor: Actor, id: BucketId): Promise<void>;
  findMoved(actor: Actor, id: BucketId): Promise<BucketId | null>;
}

interface BucketsContext {
  client: UpstreamClient;
  clock: () => number;
  identity(actor: Actor): Promise<Identity | null>;
}

export function createUpstreamBuckets({ client, clock, identity }: BucketsContext): UpstreamBuckets {
  const lists = createExpiringMap<BucketInfo[]>({ clock, lifetime: LIST_MS, max: LISTS_KEPT });

  async function page(actor: Actor, namespace: string, query: string): Promise<{ items: BucketInfo[]; next: string }> {
    // Not a name, and not what a URL could be built with.
    if (!isName(namespace)) throw new HubError("NotFound", `Namespace '${namespace}' not found.`);
    const { value, headers } = await client.json(actor, `/api/buckets/${namespace}?${query}`, { missing: "NotFound" });
    return { items: readArray(value, "a list of buckets").map(readBucket), next: nextQuery(headers) };
  }

  function all(actor: Actor, namespace: string, search: string | undefined): Promise<BucketInfo[]> {
    return lists.get(JSON.stringify([namespace, search ?? null, client.key(actor)]), async () => {
      const buckets: BucketInfo[] = [];
      let query = listQuery(search, LIST_PAGE);
      while (query !== "" && buckets.length < BUCKETS_MAX) {
        const { items, next } = await page(actor, namespace, query);
        buckets.push(...items);
        query = next;
      }
      return buckets;
    });
  }

  /** Every namespace the actor belongs to. One that refuses (an organization behind its own sign-in) is left out. */
  async function allOfMine(actor: Actor, search: string | undefined): Promise<BucketInfo[]> {
    const namespaces = (await identity(actor))?.namespaces ?? [];
    const found = namespaces.map(({ name }) =>
      all(actor, name, search).catch((error) => {
        if (isHubError(error, "Forbidden") || isHubError(error, "NotFound")) return [];
        throw error;
      }),
    );
    return (await Promise.all(found)).flat();
  }

  async function get(actor: Actor, id: BucketId): Promise<BucketInfo> {
    const { value } = await client.json(actor, `/api/buckets/${id}`, { missing: "RepoNotFound", bucketId: id });
    return readBucket(value);
  }

  const forgetLists = () => lists.forget(() => true);

  return {
    async list(actor, { namespace, search, sort, direction, limit = LIST_PAGE, cursor }) {
      if (namespace !== undefined && sort === undefined) {
        const query = cursor === undefined ? listQuery(search, limit) : decodeQuery(cursor);
        const { items, next } = await page(actor, namespace, query);
        return { items, cursor: next === "" ? null : Buffer.from(next).toString("base64url") };
      }
      const buckets = namespace === undefined ? await allOfMine(actor, search) : await all(actor, namespace, search);
      const order = sort ?? "name";
      return keysetPage(buckets, positionIn(order), {
        direction: direction ?? (order === "name" ? "asc" : "desc"),
        limit,
        cursor,
      });
    },

    get,

    async create(actor, id, { visibility, region, cdnRegions }) {
      parseBucketId(id);
      const ask = { missing: "NotFound" as const };
      let url: unknown;
      try {
        if (region === undefined && cdnRegions === undefined) {
          const made = await createRepo({
            ...client.library(actor, ask),
            repo: { type: "bucket", name: id },
            visibility,
          });
          url = made.repoUrl;
        } else {
          // The library knows neither field.
          const { value } = await client.json(actor, `/api/buckets/${id}`, {
            ...ask,
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify({ visibility, region, cdn: cdnRegions }),
          });
          url = (value as { url?: unknown } | null)?.url;
        }
      } catch (error) {
        if (!isHubError(error, "Conflict")) throw libraryFault(error);
        throw new HubError("Conflict", error.message, { details: { id, name: id } });
      }
      forgetLists();
      // "me" and another spelling of the namespace come back as the real name.
      const named = /\/buckets\/([^/?#]+\/[^/?#]+)\/?$/.exec(typeof url === "string" ? url : "")?.[1];
      return get(actor, named ?? id);
    },

    async update(actor, id, { visibility, cdnRegions }) {
      await client.call(actor, `/api/buckets/${id}/settings`, {
        method: "PUT",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ private: visibility === undefined ? undefined : visibility === "private", cdnRegions }),
        missing: "RepoNotFound",
        bucketId: id,
      });
      forgetLists();
      return get(actor, id);
    },

    async move(actor, from, to) {
      parseBucketId(to);
      await client.call(actor, "/api/repos/move", {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({ fromRepo: from, toRepo: to, type: "bucket" }),
        missing: "RepoNotFound",
      });
      forgetLists();
      return get(actor, to);
    },

    async delete(actor, id) {
      const ask = { missing: "RepoNotFound" as const, bucketId: id };
      await deleteRepo({ ...client.library(actor, ask), repo: { type: "bucket", name: id } }).catch((error) => {
        throw libraryFault(error);
      });
      forgetLists();
    },

    async findMoved(actor, id) {
      const other = await get(actor, id).then(() => null, movedTo);
      if (other === null) return null;
      // Only what the actor may see, and only one step: a chain would be walked by the client.
      return get(actor, other).then(
        () => other,
        () => null,
      );
    },
  };
}

function listQuery(search: string | undefined, limit: number): string {
  const query = new URLSearchParams({ limit: String(limit) });
  if (search !== undefined && search !== "") query.set("search", search);
  return query.toString();
}

function decodeQuery(cursor: string): string {
  return Buffer.from(cursor, "base64url").toString();
}

function positionIn(sort: BucketSort): (bucket: BucketInfo) => [SortKey, string] {
  return (bucket) => {
    if (sort === "updated") return [bucket.updatedAt, bucket.id];
    if (sort === "size") return [bucket.size, bucket.id];
    if (sort === "files") return [bucket.files, bucket.id];
    return [bucket.id.slice(bucket.id.indexOf("/") + 1).toLowerCase(), bucket.id];
  };
}
