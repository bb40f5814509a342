/** The Hub inside this process: SQL for names and paths, the content store for bytes. */
import type { Logger } from "pino";
import { ZERO_HASH } from "#lib/core/xet/constants.ts";
import type { CasAccess, ContentStore } from "../cas/cas.ts";
import type { Database } from "../db/db.ts";
import { grant } from "./access.ts";
import type { Actor } from "./actor.ts";
import { createBatchVerbs, type RunVerbs } from "./batch.ts";
import { createBucketVerbs } from "./buckets.ts";
import { type BucketGuard, NO_GUARD } from "./guard.ts";
import type { Hub } from "./hub.ts";
import { createPurge } from "./purge.ts";
import { createSharingVerbs } from "./sharing.ts";
import { createTreeVerbs } from "./tree.ts";
import { createWhoamiVerbs } from "./whoami.ts";

export interface EmbeddedHub extends Hub, RunVerbs {
  /** Resolves when the rows of all deleted buckets are cleared. */
  purged(): Promise<void>;
  close(): Promise<void>;
}

export interface EmbeddedHubOptions {
  db: Database;
  content: ContentStore;
  /** ms since the epoch. */
  clock: () => number;
  log: Pick<Logger, "error">;
  /** Absent: nothing is protected. */
  guard?: BucketGuard;
  /** Entries that one request with a filter looks at, at most; tests make it small. */
  scanBudget?: number;
  /** Told after each change of what a bucket holds. */
  onChanged?(bucketId: number): void;
}

/** Where the content store answers below the server's own address. */
const CAS_PATH = "/api/cas";

export function createEmbeddedHub(options: EmbeddedHubOptions): EmbeddedHub {
  const { db, content, clock, log, guard = NO_GUARD, scanBudget, onChanged = () => {} } = options;
  const purge = createPurge({ db, clock, log });
  purge.wake();
  return {
    kind: "embedded",
    ...createWhoamiVerbs({ db }),
    ...createBucketVerbs({ db, clock, guard, onDetached: purge.wake }),
    ...createTreeVerbs({ db, scanBudget }),
    ...createSharingVerbs({ db }),
    ...createBatchVerbs({ db, clock, guard, onChanged }),

    async createXetToken(actor, id, access, origin) {
      const { bucket } = await grant(db.read, actor, id, access === "read" ? "read" : "contribute");
      const reach = reachOf(actor);
      const accountId = actor.account?.id ?? null;
      const casUrl =
        origin + CAS_PATH + (accountId === null ? "" : `/~${content.nameOf(cacheOf(accountId, reach, bucket))}`);
      return { ...content.createToken({ bucketId: bucket.id, accountId, scope: access, reach }), casUrl };
    },

    async getCasUrl(actor, id, origin) {
      await grant(db.read, actor, id, "read");
      return `${origin}${CAS_PATH}`;
    },

    async readFile(actor, id, file, range) {
      const { bucket } = await grant(db.read, actor, id, "read");
      if (file.xetHash === ZERO_HASH || range.start >= range.end) return nothing();
      return content.readFile(bucket.id, file.xetHash, range);
    },

    purged: purge.idle,
    close: purge.stop,
  };
}

/** How far possession of other content counts for this actor: a limited token may not use what lies outside its scope. */
function reachOf({ scope }: Actor): "account" | "namespace" | "bucket" {
  if (scope === null) return "account";
  return scope.bucket === null ? "namespace" : "bucket";
}

/**
 * `hf_xet` keeps one cache for each address of a content store. With an address for all that may lean on the same content, an account never
 * refers to what another one of the same machine has sent, and nobody need be believed who does.
 */
function cacheOf(accountId: number, reach: CasAccess["reach"], bucket: { id: number; namespace_id: number }): string {
  const within = { account: "", namespace: bucket.namespace_id, bucket: bucket.id };
  return `cache ${accountId} ${reach} ${within[reach]}`;
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
