/** The Hub behind HUB_URL: another server's answers to the same questions. Its token stays on this server. */
import { z } from "zod";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { checkPath, checkPrefix, pathProblem } from "#lib/core/bucket/path-rule.ts";
import type { Sharing } from "#lib/core/bucket/sharing.ts";
import { HubError } from "#lib/core/errors.ts";
import { type Actor, ANONYMOUS } from "./actor.ts";
import type { Hub, XetToken } from "./hub.ts";
import { applyBatch, deletePaths } from "./upstream/batch.ts";
import { createUpstreamBuckets } from "./upstream/buckets.ts";
import { openBytes } from "./upstream/bytes.ts";
import { createExpiringMap } from "./upstream/cache.ts";
import { createUpstreamClient, type UpstreamOptions } from "./upstream/client.ts";
import { createUpstreamTree } from "./upstream/tree.ts";
import { IDENTITY_MS, type Identity, identityOf, rightsOf, whoami } from "./upstream/whoami.ts";
import { readArray, readEntries } from "./upstream/wire.ts";

/** Paths that one paths-info may name (reference 4.4). */
const PATHS_MAX = 1_000;
/** How long it is believed what kind of Hub the upstream is, ms. */
const KIN_MS = 600_000;
/** How long the address of a bucket's content store is kept, ms. */
const CAS_URL_MS = 600_000;

export function createUpstreamHub(options: UpstreamOptions): Hub {
  const { clock } = options;
  const client = createUpstreamClient(options);
  const identities = createExpiringMap<Identity>({ clock, lifetime: IDENTITY_MS, max: 1_000 });
  const kin = createExpiringMap<boolean>({ clock, lifetime: KIN_MS, max: 1 });
  const identity = (actor: Actor) => identityOf(client, identities, actor);

  /** Another Cooperage says its name where it says that it lives; a Hub has no such route. */
  async function isKin(): Promise<boolean> {
    const ask = async () => {
      try {
        const { value } = await client.json(ANONYMOUS, "/api/health", { missing: "NotFound", patience: 5_000 });
        return (value as { name?: unknown } | null)?.name === "cooperage";
      } catch (error) {
        // Not answering is no answer.
        if (error instanceof HubError && error.code === "UpstreamFailed") throw error;
        return false;
      }
    };
    return kin.get("", ask).catch(() => false);
  }

  const buckets = createUpstreamBuckets({ client, clock, identity });
  const tree = createUpstreamTree({ client, clock, isKin });

  async function getFiles(actor: Actor, id: BucketId, paths: string[]): Promise<BucketFile[]> {
    if (paths.length > PATHS_MAX) throw new HubError("BadRequest", `At most ${PATHS_MAX} paths at once.`);
    // What cannot be the path of a file is not there; the bucket is asked all the same, since it may not be there either.
    const legal = paths.filter((path) => pathProblem(path) === null);
    // The library's pathsInfo drops mtime and contentType.
    const { value } = await client.json(actor, `/api/buckets/${id}/paths-info`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ paths: legal }),
      missing: "RepoNotFound",
      bucketId: id,
    });
    return readEntries(readArray(value, "a listing")).filter((entry) => entry.type === "file");
  }

  const casUrls = createExpiringMap<string>({ clock, lifetime: CAS_URL_MS, max: 1_000 });

  async function createXetToken(actor: Actor, id: BucketId, access: "read" | "write"): Promise<XetToken> {
    const { value } = await client.json(actor, `/api/buckets/${id}/xet-${access}-token`, {
      missing: "RepoNotFound",
      bucketId: id,
    });
    return readXetToken(value);
  }

  /** null where only reading the whole bucket could tell. */
  async function newestUpload(actor: Actor, id: BucketId): Promise<number | null> {
    if (!(await isKin())) return null;
    const newest = { prefix: "", recursive: false, sort: "uploaded", direction: "desc", limit: 1 } as const;
    return (await tree.list(actor, id, newest)).items[0]?.uploadedAt ?? null;
  }

  return {
    kind: "upstream",

    whoami: (actor) => whoami(client, actor),
    listNamespaces: async (actor) => (await identity(actor))?.namespaces ?? [],

    listBuckets: buckets.list,
    getBucket: buckets.get,
    async getBucketDetails(actor, id) {
      const [info, who] = await Promise.all([buckets.get(actor, id), identity(actor)]);
      return { info, rights: rightsOf(who, info.id), contributors: [] };
    },
    createBucket: buckets.create,
    updateBucket: buckets.update,
    moveBucket: buckets.move,
    deleteBucket: buckets.delete,
    findMoved: buckets.findMoved,

    listTree: async (actor, id, options) => tree.list(actor, id, { ...options, prefix: checkPrefix(options.prefix) }),

    async getFolder(actor, id, path) {
      const folder = checkPrefix(path);
      if (folder !== "") return tree.folder(actor, id, folder);
      const [{ size, files }, uploadedAt] = await Promise.all([buckets.get(actor, id), newestUpload(actor, id)]);
      return { type: "directory", path: "", size, files, uploadedAt };
    },

    getFiles,

    async getFile(actor, id, path) {
      const [file] = await getFiles(actor, id, [path]);
      if (file === undefined)
        throw new HubError("EntryNotFound", `No file ${JSON.stringify(path.slice(0, 300))} in bucket ${id}.`);
      return file;
    },

    // No Hub says.
    findUploader: async () => null,

    async findSharing(actor, id, path, { limit }) {
      const [file] = await getFiles(actor, id, [path]);
      if (file === undefined)
        throw new HubError("EntryNotFound", `No file ${JSON.stringify(path.slice(0, 300))} in bucket ${id}.`);
      if (!(await isKin()))
        return { path, size: file.size, xetHash: file.xetHash, files: [], more: false, capped: true };
      const url = `/api/buckets/${id}/sharing/${encodePath(path)}?limit=${limit}`;
      const { value } = await client.json(actor, url, { missing: "RepoNotFound", bucketId: id });
      return readSharing(value);
    },

    async applyBatch(actor, id, operations) {
      try {
        return await applyBatch(client, actor, id, operations);
      } finally {
        tree.changed(id);
      }
    },

    async deletePaths(actor, id, paths) {
      paths = { files: paths.files.map(checkPath), folders: paths.folders.map(checkPrefix) };
      try {
        if (await isKin()) {
          const { value } = await client.json(actor, `/api/buckets/${id}/delete-paths`, {
            method: "POST",
            headers: { "Content-Type": "application/json" },
            body: JSON.stringify(paths),
            missing: "RepoNotFound",
            bucketId: id,
            patience: 600_000,
          });
          return Number((value as { deleted?: unknown } | null)?.deleted ?? 0);
        }
        const existing = async (part: string[]) => (await getFiles(actor, id, part)).length;
        return await deletePaths(client, tree, actor, id, paths, existing);
      } finally {
        tree.changed(id);
      }
    },

    createXetToken,

    getCasUrl(actor, id) {
      const key = JSON.stringify([id, client.key(actor)]);
      return casUrls.get(key, async () => (await createXetToken(actor, id, "read")).casUrl);
    },

    readFile: (actor, id, file, range) => openBytes(client, actor, id, file, range),
  };
}

const sharingSchema: z.ZodType<Sharing> = z.object({
  path: z.string(),
  size: z.number(),
  xetHash: z.string(),
  files: z.array(
    z.object({
      bucket: z.string(),
      path: z.string(),
      size: z.number(),
      shared: z.number(),
      identical: z.boolean(),
    }),
  ),
  more: z.boolean(),
  capped: z.boolean(),
});

function readSharing(value: unknown): Sharing {
  const { data, success } = sharingSchema.safeParse(value);
  if (!success) throw new HubError("UpstreamFailed", "The Hub answered with something that is no list of files.");
  return data;
}

/** Clients talk to that Hub's content store themselves: its address and token are handed on as they are. */
function readXetToken(value: unknown): XetToken {
  const { accessToken, casUrl, exp } = (value ?? {}) as Record<string, unknown>;
  if (typeof accessToken !== "string" || typeof casUrl !== "string" || typeof exp !== "number") {
    throw new HubError("UpstreamFailed", "The Hub answered with something that is not a xet token.");
  }
  return { accessToken, casUrl: casUrl.replace(/\/+$/, ""), exp };
}
