/** Reads a bucket into a `BucketModel`, in one pass over its entries and one over its terms. */
import { ScopeTree } from "#lib/core/bucket/dedup/scope-tree.ts";
import {
  measureContents,
  readContents,
  readFiles,
  readFolders,
  readSourceBucket,
  readWaiting,
  type SourceBucket,
} from "../db/dedup-source.ts";
import type { Connection } from "../db/statements.ts";
import { Breath } from "./breath.ts";
import { gatherXorbs, type TermLists } from "./load-xorbs.ts";
import type { BucketModel } from "./model.ts";
import { PathList } from "./path-list.ts";

/** `db` is in a transaction that nothing else uses. Undefined: the bucket is gone. `now`: ms since the epoch. */
export async function loadModel(db: Connection, bucketId: number, now: number): Promise<BucketModel | undefined> {
  const bucket = readSourceBucket(db, bucketId);
  if (bucket === undefined) return undefined;
  const breath = new Breath();
  const folders = await loadFolders(db, bucketId, breath);
  const files = await loadFiles(db, bucketId, bucket, folders.indexOf, breath);
  const { fileIds, waitingIds, waitingSince, lists } = await loadTerms(db, bucketId, breath);
  const contents = Int32Array.from(files.fileIds, (id) => (id < 0 ? -1 : find(fileIds, id)));
  return {
    bucketId,
    version: bucket.version,
    asOf: now,
    tree: new ScopeTree(folders.parents, files.folderOf),
    folderPaths: folders.paths,
    folderIds: folders.ids,
    paths: files.paths,
    sizes: files.sizes,
    uploadedAt: files.uploadedAt,
    contents,
    fileIds,
    ...groupLeaves(contents, fileIds.length),
    waitingIds,
    waitingSince,
    xorbs: await gatherXorbs(db, lists, breath),
  };
}

async function loadFolders(db: Connection, bucketId: number, breath: Breath) {
  const paths = new PathList();
  const ids: number[] = [];
  const parents: number[] = [];
  const indexOf = new Map<number, number>();
  for (const { id, folder_id, path } of readFolders(db, bucketId)) {
    paths.push(path);
    indexOf.set(id, ids.length);
    ids.push(id);
    parents.push(folder_id === null ? -1 : indexOf.get(folder_id)!);
    if (breath.due()) await breath.take();
  }
  paths.trim();
  return { paths, ids: Float64Array.from(ids), parents: Int32Array.from(parents), indexOf };
}

async function loadFiles(
  db: Connection,
  bucketId: number,
  { files: count }: SourceBucket,
  indexOf: Map<number, number>,
  breath: Breath,
) {
  const paths = new PathList();
  const made = {
    folderOf: new Int32Array(count),
    sizes: new Float64Array(count),
    uploadedAt: new Float64Array(count),
    fileIds: new Float64Array(count),
  };
  for (const { folder_id, path, size, uploaded_at, file_id } of readFiles(db, bucketId)) {
    const leaf = paths.count;
    if (leaf === count) throw new Error(`bucket ${bucketId} has more than its ${count} files`);
    paths.push(path);
    made.folderOf[leaf] = indexOf.get(folder_id)!;
    made.sizes[leaf] = size;
    made.uploadedAt[leaf] = uploaded_at;
    made.fileIds[leaf] = file_id ?? -1;
    if (breath.due()) await breath.take();
  }
  if (paths.count < count) throw new Error(`bucket ${bucketId} has ${paths.count} files, not ${count}`);
  paths.trim();
  return { paths, ...made };
}

async function loadTerms(db: Connection, bucketId: number, breath: Breath) {
  const waiting: { id: number; terms: Uint8Array; since: number }[] = [];
  for (const file of readWaiting(db, bucketId)) {
    waiting.push(file);
    if (breath.due()) await breath.take();
  }
  const { files, bytes } = measureContents(db, bucketId);
  const count = files + waiting.length;
  const packed = new Uint8Array(waiting.reduce((sum, { terms }) => sum + terms.length, bytes));
  const lists: TermLists = { terms: new Uint32Array(packed.buffer), ends: new Float64Array(count) };
  const fileIds = new Float64Array(files);
  let content = 0;
  let at = 0;
  const add = (terms: Uint8Array) => {
    packed.set(terms, at);
    at += terms.length;
    lists.ends[content++] = at / 16;
  };
  for (const { id, terms } of readContents(db, bucketId)) {
    fileIds[content] = id;
    add(terms);
    if (breath.due()) await breath.take();
  }
  for (const { terms } of waiting) add(terms);
  return {
    fileIds,
    lists,
    waitingIds: Float64Array.from(waiting, ({ id }) => id),
    waitingSince: Float64Array.from(waiting, ({ since }) => since),
  };
}

/** Place of an id in an ascending list; -1: it is not there. */
export function find(ids: Float64Array, id: number): number {
  let low = 0;
  let high = ids.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    if (ids[middle] === id) return middle;
    if (ids[middle] < id) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}

function groupLeaves(contents: Int32Array, count: number): Pick<BucketModel, "contentStarts" | "contentLeaves"> {
  const contentStarts = new Int32Array(count + 1);
  let leaves = 0;
  for (const content of contents) {
    if (content < 0) continue;
    contentStarts[content + 1] += 1;
    leaves += 1;
  }
  for (let content = 0; content < count; content++) contentStarts[content + 1] += contentStarts[content];
  const next = contentStarts.slice();
  const contentLeaves = new Int32Array(leaves);
  for (const [leaf, content] of contents.entries()) {
    if (content >= 0) contentLeaves[next[content]++] = leaf;
  }
  return { contentStarts, contentLeaves };
}
