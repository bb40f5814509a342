/** Which buckets a reader's totals are of. */
import type { Kysely } from "kysely";
import { HubError } from "#lib/core/errors.ts";
import { findNamespace } from "../db/accounts.ts";
import { listBucketSets, type StoreBucket } from "../db/dedup.ts";
import type { Tables } from "../db/schema.ts";
import { inScope, ownNamespaces, readableBuckets, signInFirst } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";

/** Those of one namespace that the actor may read; without one, of all namespaces that the actor belongs to. Throws NotFound. */
export async function listStoreBuckets(
  db: Kysely<Tables>,
  actor: Actor,
  namespace: string | undefined,
): Promise<StoreBucket[]> {
  const readable = await readableBuckets(db, actor);
  if (namespace === undefined) {
    const own = await ownNamespaces(db, actor);
    return listBucketSets(
      db,
      own.map(({ id }) => id),
      readable,
    );
  }
  if (namespace === "me" && actor.account === null) throw signInFirst();
  const name = namespace === "me" ? actor.account!.name : namespace;
  const row = await findNamespace(db, name);
  if (row === undefined || row.name === "~" || !inScope(actor, row.name, null)) {
    throw new HubError("NotFound", `There is no user or organization '${name}'.`);
  }
  return listBucketSets(db, [row.id], readable);
}
