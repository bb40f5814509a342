/**
 * What pages and routes know of a Hub. Two answers: `embedded.ts` (this process) and `upstream.ts` (`HUB_URL`).
 * Every call names its actor and throws HubError: RepoNotFound (also for a bucket the actor may not know of),
 * Unauthorized (nobody signed in, and the bucket is not public or does not exist), Forbidden, BadRequest, Conflict.
 */
import type {
  BucketEntry,
  BucketFile,
  BucketFolder,
  BucketInfo,
  CdnRegion,
  Page,
  Visibility,
} from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { BatchResult, BucketOperation, FailedOperation } from "#lib/core/bucket/operation.ts";
import type { Sharing } from "#lib/core/bucket/sharing.ts";
import type { Actor, MemberRole } from "./actor.ts";

export type BucketSort = "name" | "updated" | "size" | "files";
export type TreeSort = "name" | "size" | "uploaded";
export type Direction = "asc" | "desc";

export interface ListBucketsOptions {
  /** Only this namespace; absent: all the actor may see and belongs to, plus nothing else. NotFound if it does not exist. */
  namespace?: string;
  /** Substring of the bucket's name. */
  search?: string;
  sort?: BucketSort;
  direction?: Direction;
  limit?: number;
  cursor?: string;
}

export interface TreeOptions {
  /** Path-boundary prefix, checked by `checkPrefix`; "" is the root. */
  prefix: string;
  /** true: all files below, flat, by path. false: one level with its folders. */
  recursive: boolean;
  /** One level only; `name` without a direction is the API's plain byte order of paths, files and folders mixed. */
  sort?: TreeSort;
  direction?: Direction;
  /** One level only: keep entries whose name contains this, ASCII case folded. */
  filter?: string;
  limit: number;
  cursor?: string;
}

export interface CreateBucketOptions {
  /** Absent: public, unless the organization makes its buckets private. */
  visibility?: Visibility;
  region?: "us" | "eu";
  cdnRegions?: CdnRegion[];
}

export interface BucketSettings {
  visibility?: Visibility;
  /** Replaces the whole set. */
  cdnRegions?: CdnRegion[];
}

/** What the actor may do with a bucket, for pages that show or hide a button. */
export interface BucketRights {
  write: boolean;
  admin: boolean;
}

export interface Contributor {
  name: string;
  fullName: string;
  /** Files added, by this account. */
  files: number;
  lastAt: number;
}

export interface BucketDetails {
  info: BucketInfo;
  rights: BucketRights;
  /** Newest first, at most 8; empty where the Hub does not say. */
  contributors: Contributor[];
}

export interface NamespaceInfo {
  name: string;
  fullName: string;
  type: "user" | "org";
  /** The actor's role in it; null: not a member. */
  role: MemberRole | null;
  /** New buckets are private unless said otherwise. */
  privateByDefault: boolean;
}

export interface FileDetails {
  file: BucketFile;
  rights: BucketRights;
}

/** Where a client gets content: `casUrl` is absolute, without a trailing slash. */
export interface XetToken {
  accessToken: string;
  casUrl: string;
  /** Unix seconds. */
  exp: number;
}

export interface FileRange {
  /** First byte. */
  start: number;
  /** One past the last byte. */
  end: number;
}

export interface Hub {
  readonly kind: "embedded" | "upstream";

  /** The JSON of `whoami-v2` (7). Unauthorized when nobody is signed in. */
  whoami(actor: Actor): Promise<Record<string, unknown>>;
  /** Namespaces the actor may put buckets into or reads as a member, own first. */
  listNamespaces(actor: Actor): Promise<NamespaceInfo[]>;

  listBuckets(actor: Actor, options: ListBucketsOptions): Promise<Page<BucketInfo>>;
  getBucket(actor: Actor, id: BucketId): Promise<BucketInfo>;
  getBucketDetails(actor: Actor, id: BucketId): Promise<BucketDetails>;
  /** Throws Conflict with details `{ id, name }` when it exists. */
  createBucket(actor: Actor, id: BucketId, options: CreateBucketOptions): Promise<BucketInfo>;
  updateBucket(actor: Actor, id: BucketId, settings: BucketSettings): Promise<BucketInfo>;
  moveBucket(actor: Actor, from: BucketId, to: BucketId): Promise<BucketInfo>;
  deleteBucket(actor: Actor, id: BucketId): Promise<void>;
  /** The new id of a bucket that was moved away from `id`, if the actor may see it. */
  findMoved(actor: Actor, id: BucketId): Promise<BucketId | null>;

  listTree(actor: Actor, id: BucketId, options: TreeOptions): Promise<Page<BucketEntry>>;
  /** One folder with its recursive figures; null when nothing is below `path`. The root exists always. */
  getFolder(actor: Actor, id: BucketId, path: string): Promise<BucketFolder | null>;
  /** Files among `paths`, at most 1000; unknown ones and folders are left out. */
  getFiles(actor: Actor, id: BucketId, paths: string[]): Promise<BucketFile[]>;
  /** EntryNotFound when there is no such file. */
  getFile(actor: Actor, id: BucketId, path: string): Promise<BucketFile>;
  /** Name of the account that put the file there; null when it is not known (an upstream, an account that left). */
  findUploader(actor: Actor, id: BucketId, path: string): Promise<string | null>;
  /**
   * Other files, here and in any bucket that the actor may read, that hold bytes of this one; bounded work. EntryNotFound when
   * there is no such file. An upstream that cannot tell says none, `capped`.
   */
  findSharing(actor: Actor, id: BucketId, path: string, options: { limit: number }): Promise<Sharing>;
  /**
   * Applies all lines or none: throws BatchFailed (`batchFailed`) when any is refused, Forbidden when one deletes or overwrites a
   * protected path that no approved plan covers. `origin`: base of the URL to review in that message.
   */
  applyBatch(
    actor: Actor,
    id: BucketId,
    operations: AsyncIterable<BucketOperation | FailedOperation>,
    origin?: string,
  ): Promise<BatchResult>;
  /** Deletes files and whole folders, in pieces of bounded size (of a protected bucket at once); returns how many files went. */
  deletePaths(
    actor: Actor,
    id: BucketId,
    paths: { files: string[]; folders: string[] },
    origin?: string,
  ): Promise<number>;

  /** `origin`: base of the absolute URLs in the answer. */
  createXetToken(actor: Actor, id: BucketId, access: "read" | "write", origin: string): Promise<XetToken>;
  /**
   * Base of the content store that the bucket's xet tokens name, for the `xet-reconstruction-info` link of a resolve answer;
   * absolute, without a trailing slash.
   */
  getCasUrl(actor: Actor, id: BucketId, origin: string): Promise<string>;
  /** The bytes `[start, end)` of a file, decoded, in pieces of at most a few MiB. */
  readFile(actor: Actor, id: BucketId, file: BucketFile, range: FileRange): Promise<AsyncIterable<Uint8Array>>;
}
