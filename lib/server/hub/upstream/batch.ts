/** Changes of files on an upstream: a batch as it came, and deletion of files and whole folders. */
import { deleteFiles } from "@huggingface/hub";
import type { BucketId } from "#lib/core/bucket/id.ts";
import {
  type BatchResult,
  type BucketOperation,
  batchFailed,
  type FailedOperation,
  formatOperation,
  isFailed,
} from "#lib/core/bucket/operation.ts";
import { HubError } from "#lib/core/errors.ts";
import type { Actor } from "../actor.ts";
import { libraryFault, type UpstreamClient } from "./client.ts";
import { batchDetails, failedOf, parseJson } from "./errors.ts";
import type { UpstreamTree } from "./tree.ts";

/** A batch may be long work for the Hub, ms. */
const BATCH_PATIENCE = 300_000;
/** Deletions in one request. */
const DELETES = 1_000;
/** Lines of one batch; it is held whole, because it must go in one request. */
const LINES_MAX = 100_000;
/** Paths of a folder held at a time; after their deletion the folder is listed anew. */
const PATHS_HELD = 50_000;

/** Refuses broken lines here, without asking; the rest goes in one request, so that the Hub applies all or nothing of it. */
export async function applyBatch(
  client: UpstreamClient,
  actor: Actor,
  id: BucketId,
  operations: AsyncIterable<BucketOperation | FailedOperation>,
): Promise<BatchResult> {
  const lines: string[] = [];
  const failed: FailedOperation[] = [];
  let processed = 0;
  for await (const operation of operations) {
    processed += 1;
    if (processed > LINES_MAX) {
      throw new HubError("PayloadTooLarge", `A batch has at most ${LINES_MAX} lines; send several.`);
    }
    if (isFailed(operation)) failed.push(operation);
    else lines.push(`${formatOperation(plain(operation))}\n`);
  }
  if (failed.length > 0) throw batchFailed(processed, failed);
  if (processed === 0) return { success: true, processed: 0, succeeded: 0, failed: [] };
  const answer = await client.call(actor, `/api/buckets/${id}/batch`, {
    method: "POST",
    headers: { "Content-Type": "application/x-ndjson" },
    body: lines.join(""),
    missing: "RepoNotFound",
    bucketId: id,
    patience: BATCH_PATIENCE,
  });
  const json = (parseJson(answer.text) ?? {}) as Record<string, unknown>;
  checkBatch(json, actor);
  return { success: true, processed, succeeded: processed, failed: [] };
}

/** A 2xx that lists failures is a refusal too, and the other lines of it were applied. */
function checkBatch(json: Record<string, unknown>, actor: Actor): void {
  const failed = failedOf(json, actor.upstreamToken);
  const first = failed[0];
  if (first === undefined) return;
  const details = batchDetails(json, actor.upstreamToken);
  throw new HubError("BatchFailed", `${failed.length} of ${details.processed} failed; ${first.path}: ${first.error}`, {
    details,
  });
}

/** Files one by one, folders by what lies below them. Returns how many files there were. */
export async function deletePaths(
  client: UpstreamClient,
  tree: UpstreamTree,
  actor: Actor,
  id: BucketId,
  { files, folders }: { files: string[]; folders: string[] },
  countExisting: (paths: string[]) => Promise<number>,
): Promise<number> {
  const params = client.library(actor, { missing: "RepoNotFound", bucketId: id, patience: BATCH_PATIENCE });
  const remove = async (paths: string[]) => {
    const fetch = checked(params.fetch, actor);
    await deleteFiles({ ...params, fetch, repo: { type: "bucket", name: id }, paths }).catch((error) => {
      throw libraryFault(error);
    });
  };
  let deleted = 0;
  const named = [...new Set(files)];
  for (let at = 0; at < named.length; at += DELETES) {
    const part = named.slice(at, at + DELETES);
    const existing = await countExisting(part);
    if (existing > 0) await remove(part);
    deleted += existing;
  }
  for (const folder of new Set(folders)) {
    let before: string | undefined;
    for (;;) {
      const paths = await first(tree.walk(actor, id, folder), PATHS_HELD);
      if (paths.length > 0 && paths[0] === before) {
        throw new HubError("UpstreamFailed", `The Hub still lists '${paths[0]}' after it was deleted.`);
      }
      for (let at = 0; at < paths.length; at += DELETES) await remove(paths.slice(at, at + DELETES));
      deleted += paths.length;
      // Deleting under a running listing might make it skip: each round lists from the start.
      if (paths.length < PATHS_HELD) break;
      before = paths[0];
    }
  }
  return deleted;
}

/** The library throws a plain Error for failures in a 200; this speaks first. */
function checked(fetch: typeof globalThis.fetch, actor: Actor): typeof globalThis.fetch {
  return async (input, init) => {
    const response = await fetch(input, init);
    checkBatch((parseJson(await response.clone().text()) ?? {}) as Record<string, unknown>, actor);
    return response;
  };
}

async function first<T>(items: AsyncIterable<T>, count: number): Promise<T[]> {
  const taken: T[] = [];
  for await (const item of items) if (taken.push(item) === count) break;
  return taken;
}

/** Without what only the embedded Hub knows. */
function plain(operation: BucketOperation): BucketOperation {
  if (operation.type !== "addFile") return operation;
  const { ifAbsent: _, ...rest } = operation;
  return rest;
}
