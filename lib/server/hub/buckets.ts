/** The life of buckets on the embedded Hub: list, make, show, set, move, delete. */
import type { BucketInfo, CdnRegion, Page } from "#lib/core/bucket/entry.ts";
import { type BucketId, checkName, formatBucketId, parseBucketId } from "#lib/core/bucket/id.ts";
import { HubError } from "#lib/core/errors.ts";
import { findNamespace, nameKey } from "../db/accounts.ts";
import {
  type BucketsQuery,
  deleteMove,
  detachBucket,
  findBucket,
  findMove,
  insertBucket,
  insertMove,
  listBuckets,
  listContributors,
  type NamedBucket,
  updateBucket,
} from "../db/buckets.ts";
import type { Database } from "../db/db.ts";
import { atLeast, grant, grantNamespace, inScope, levelOf, ownNamespaces, signInFirst, splitId } from "./access.ts";
import { formatCursor, parseCursor } from "./cursor.ts";
import type { BucketGuard } from "./guard.ts";
import type { BucketSettings, Hub, ListBucketsOptions } from "./hub.ts";

type BucketVerbs = Pick<
  Hub,
  | "listBuckets"
  | "getBucket"
  | "getBucketDetails"
  | "createBucket"
  | "updateBucket"
  | "moveBucket"
  | "deleteBucket"
  | "findMoved"
>;

const COLUMN = { name: "name_key", updated: "updated_at", size: "size", files: "files" } as const;
const PAGE = 1000;
const CONTRIBUTORS = 8;

export interface BucketsOptions {
  db: Database;
  clock: () => number;
  guard: BucketGuard;
  /** Told when a bucket was detached and its rows wait to be cleared. */
  onDetached(): void;
}

export function toInfo(row: NamedBucket): BucketInfo {
  return {
    key: row.id.toString(16).padStart(24, "0"),
    id: formatBucketId(row.namespace, row.name),
    visibility: row.visibility,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    size: row.size,
    files: row.files,
    region: row.region,
    cdnRegions: JSON.parse(row.cdn_regions) as CdnRegion[],
  };
}

export function createBucketVerbs({ db, clock, guard, onDetached }: BucketsOptions): BucketVerbs {
  /** The bucket, if the actor may set, move or delete it: protected ones are their admins' alone. */
  async function grantChange(tx: Parameters<typeof grant>[0], actor: Parameters<typeof grant>[1], id: BucketId) {
    const { bucket } = await grant(tx, actor, id, "write");
    if (await guard.isProtected(tx, bucket.id)) await grant(tx, actor, id, "admin");
    return bucket;
  }

  async function scopeOf(actor: Parameters<Hub["listBuckets"]>[0], options: ListBucketsOptions) {
    const own = await ownNamespaces(db.read, actor);
    const memberOf = own.map((row) => row.id);
    if (options.namespace === undefined) return { namespaceIds: memberOf, memberOf };
    if (options.namespace === "me" && actor.account === null) throw signInFirst();
    const name = options.namespace === "me" ? actor.account!.name : options.namespace;
    const row = await findNamespace(db.read, name);
    if (row === undefined || row.name === "~" || !inScope(actor, row.name, null)) {
      throw new HubError("NotFound", `There is no user or organization '${name}'.`);
    }
    return { namespaceIds: [row.id], memberOf };
  }

  return {
    async listBuckets(actor, options) {
      const { search, sort = "name", direction = sort === "name" ? "asc" : "desc", limit = PAGE } = options;
      const tag = `b${sort}${direction}`;
      const scope = await scopeOf(actor, options);
      if (scope.namespaceIds.length === 0) return { items: [], cursor: null };
      const query: BucketsQuery = {
        ...scope,
        search,
        sort: COLUMN[sort],
        direction,
        name: actor.scope?.bucket ?? undefined,
        limit: limit + 1,
      };
      if (options.cursor !== undefined) {
        const [value, id] = parseCursor(options.cursor, tag, [sort === "name" ? "string" : "number", "number"]);
        query.after = { value: value as string | number, id: id as number };
      }
      const rows = await listBuckets(db.read, query);
      const items = rows.slice(0, limit);
      const last = items.at(-1);
      const cursor = rows.length > limit && last ? formatCursor(tag, [last[COLUMN[sort]], last.id]) : null;
      return { items: items.map(toInfo), cursor } satisfies Page<BucketInfo>;
    },

    getBucket: async (actor, id) => toInfo((await grant(db.read, actor, id, "read")).bucket),

    async getBucketDetails(actor, id) {
      const { bucket, level } = await grant(db.read, actor, id, "read");
      const contributors = await listContributors(db.read, bucket.id, CONTRIBUTORS);
      const write = atLeast(level, "write");
      const admin = atLeast(level, (await guard.isProtected(db.read, bucket.id)) ? "admin" : "write");
      return {
        info: toInfo(bucket),
        rights: { write, admin },
        contributors: contributors.map(({ name, full_name, files, last_at }) => ({
          name,
          fullName: full_name,
          files,
          lastAt: last_at,
        })),
      };
    },

    async createBucket(actor, id, { visibility, region, cdnRegions }) {
      if (actor.account === null) throw signInFirst();
      const [first = "", ...rest] = id.split("/");
      const { namespace, name } = parseBucketId([first === "me" ? actor.account.name : first, ...rest].join("/"));
      return db.write(async (tx) => {
        const owner = await grantNamespace(tx, actor, namespace, name);
        const taken = await findBucket(tx, namespace, name);
        if (taken !== undefined) throw bucketExists(taken);
        await deleteMove(tx, namespace, name);
        const now = clock();
        const row = await insertBucket(tx, {
          namespace_id: owner.id,
          name,
          name_key: nameKey(name),
          visibility: visibility ?? (owner.private_by_default ? "private" : "public"),
          region: region ?? null,
          cdn_regions: JSON.stringify(cdnRegions ?? []),
          created_at: now,
          updated_at: now,
          size: 0,
          files: 0,
        });
        const made = toInfo({ ...row, namespace: owner.name });
        await guard.note(tx, actor, row.id, "bucket.created", { id: made.id, visibility: made.visibility });
        return made;
      });
    },

    updateBucket: (actor, id, settings: BucketSettings) =>
      db.write(async (tx) => {
        const bucket = await grantChange(tx, actor, id);
        const changes = {
          ...(settings.visibility === undefined ? {} : { visibility: settings.visibility }),
          ...(settings.cdnRegions === undefined ? {} : { cdn_regions: JSON.stringify(settings.cdnRegions) }),
        };
        await updateBucket(tx, bucket.id, changes);
        await guard.note(tx, actor, bucket.id, "bucket.settings", { ...settings });
        return toInfo({ ...bucket, ...changes });
      }),

    moveBucket: (actor, from, to) =>
      db.write(async (tx) => {
        const bucket = await grantChange(tx, actor, from);
        const target = splitId(actor, to);
        checkName(target.name, "bucket name");
        const owner = await grantNamespace(tx, actor, target.namespace, target.name);
        const taken = await findBucket(tx, target.namespace, target.name);
        if (taken !== undefined && taken.id !== bucket.id) throw bucketExists(taken);
        const changes = { namespace_id: owner.id, name: target.name, name_key: nameKey(target.name) };
        await updateBucket(tx, bucket.id, changes);
        await deleteMove(tx, owner.name, target.name);
        if (taken === undefined) await insertMove(tx, bucket.namespace, bucket.name, bucket.id);
        const moved = toInfo({ ...bucket, ...changes, namespace: owner.name });
        const before = formatBucketId(bucket.namespace, bucket.name);
        await guard.note(tx, actor, bucket.id, "bucket.moved", { from: before, to: moved.id });
        return moved;
      }),

    async deleteBucket(actor, id) {
      await db.write(async (tx) => {
        const bucket = await grantChange(tx, actor, id);
        const { size, files } = bucket;
        await guard.note(tx, actor, bucket.id, "bucket.deleted", { id, size, files });
        await detachBucket(tx, bucket.id);
      });
      onDetached();
    },

    async findMoved(actor, id) {
      const { namespace, name } = splitId(actor, id);
      const bucket = await findMove(db.read, namespace, name);
      if (bucket === undefined) return null;
      return (await levelOf(db.read, actor, bucket)) === "none" ? null : formatBucketId(bucket.namespace, bucket.name);
    },
  };
}

function bucketExists(taken: NamedBucket): HubError {
  const id: BucketId = formatBucketId(taken.namespace, taken.name);
  return new HubError("Conflict", `Bucket ${id} exists already.`, { details: { id, name: id } });
}
