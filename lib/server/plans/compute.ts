/** Plans between two places in buckets, made here: both listings as streams, compared as `hf buckets sync` compares, or by content. */
import { type BucketId, formatBucketId } from "#lib/core/bucket/id.ts";
import { isUnder } from "#lib/core/bucket/path.ts";
import { HubError } from "#lib/core/errors.ts";
import { bucketTime, compareTrees, relativeEntries, type SyncEntry } from "#lib/core/plan/compare.ts";
import { createSyncFilter } from "#lib/core/plan/filter.ts";
import { type Place, parsePlace } from "#lib/core/plan/place.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import { findRole } from "../db/accounts.ts";
import type { NamedBucket } from "../db/buckets.ts";
import type { Database } from "../db/db.ts";
import { listFilesBelow } from "../db/files.ts";
import { nextTurn } from "../db/rows.ts";
import { grant } from "../hub/access.ts";
import type { Actor } from "../hub/actor.ts";
import { checkMayPropose, type PlansContext } from "./context.ts";
import { storeMadePlan } from "./made.ts";
import type { Plans } from "./plans.ts";
import { checkTitle } from "./submit.ts";

export type ComputeOptions = Parameters<Plans["compute"]>[1];

/** Entries read at once. */
const PAGE = 2000;
const PATTERNS_MAX = 100;
const PATTERN_LENGTH = 1024;

/** Makes the plan; returns its id. */
export async function computePlan(context: PlansContext, actor: Actor, options: ComputeOptions): Promise<number> {
  const { db } = context;
  const [source, dest] = [placeOf("source", options.source), placeOf("dest", options.dest)];
  const { bucket: from } = await grant(db.read, actor, source.bucket, "read");
  const { bucket: to } = await grant(db.read, actor, dest.bucket, "read");
  const role = actor.account === null ? undefined : await findRole(db.read, to.namespace_id, actor.account.id);
  checkMayPropose(actor, to, role);
  if (from.id === to.id && (isUnder(source.prefix, dest.prefix) || isUnder(dest.prefix, source.prefix))) {
    throw new HubError("BadRequest", "Source and destination lie inside one another: the plan would feed on itself.");
  }
  const { include, exclude } = checkPatterns(options.filters);
  const { by } = options;
  const operations = compareTrees(
    listEntries(db, from, source.prefix),
    listEntries(db, to, dest.prefix),
    { direction: "copy", byContent: by === "content", delete: options.delete },
    createSyncFilter({ include, exclude }),
  );
  return storeMadePlan(context, {
    actor,
    target: {
      bucket: to,
      prefix: dest.prefix,
      direction: "copy",
      sourceBucketId: from.id,
      sourcePrefix: source.prefix,
    },
    title: options.title === undefined ? titleOf(from, source, to, dest) : checkTitle(options.title),
    source: handleOf(from, source.prefix),
    dest: handleOf(to, dest.prefix),
    options: JSON.stringify({ delete: options.delete, by, include, exclude }),
    revertOf: null,
    operations,
  });
}

function placeOf(what: string, text: string): Place {
  const place = parsePlace(text);
  if (place === null) {
    throw new HubError("BadRequest", `'${what}' must be in a bucket, hf://buckets/namespace/name/prefix.`);
  }
  return place;
}

function checkPatterns({ include, exclude }: ComputeOptions["filters"]) {
  if (include.length + exclude.length > PATTERNS_MAX) {
    throw new HubError("BadRequest", `A comparison takes at most ${PATTERNS_MAX} patterns.`);
  }
  if ([...include, ...exclude].some((pattern) => pattern.length > PATTERN_LENGTH)) {
    throw new HubError("BadRequest", `A pattern has at most ${PATTERN_LENGTH} characters.`);
  }
  return { include, exclude };
}

function idOf({ namespace, name }: NamedBucket): BucketId {
  return formatBucketId(namespace, name);
}

function handleOf(bucket: NamedBucket, prefix: string): string {
  return `hf://buckets/${idOf(bucket)}${prefix === "" ? "" : `/${prefix}`}`;
}

function titleOf(from: NamedBucket, source: Place, to: NamedBucket, dest: Place): string {
  const named = (bucket: NamedBucket, { prefix }: Place) => (prefix === "" ? idOf(bucket) : prefix);
  return `Copy ${named(from, source)} to ${named(to, dest)}`.slice(0, 200);
}

/** Files below a prefix by path, relative to it. */
function listEntries(db: Database, bucket: NamedBucket, prefix: string): AsyncGenerator<SyncEntry> {
  return relativeEntries(entriesBelow(db, bucket, prefix), prefix);
}

async function* entriesBelow({ read }: Database, { id }: NamedBucket, prefix: string): AsyncGenerator<SyncEntry> {
  let after: string | null = null;
  for (;;) {
    const rows = await listFilesBelow(read, id, { prefix, after, limit: PAGE });
    for (const { path, size, mtime, xet_hash } of rows) {
      yield {
        path,
        size,
        mtime: bucketTime(mtime),
        ...(xet_hash === null ? {} : { xetHash: hashToHex(xet_hash) }),
      };
    }
    if (rows.length < PAGE) return;
    after = rows.at(-1)!.path;
    await nextTurn();
  }
}
