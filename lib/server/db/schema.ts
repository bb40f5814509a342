/**
 * The tables. Times are ms since the epoch, sizes bytes, hashes 32 raw bytes (not their hex text).
 * No row per chunk: a xorb's chunks are one packed table (`xorb_tables`), and only chunks that the protocol lets a client
 * ask for are indexed (`chunk_index`, `file_heads`). Folder figures are kept, not computed. References are counted:
 * entries -> file_buckets -> xorb_buckets, so that "may this caller use that content" and "is it still used" are one probe.
 */
import type { Generated, Insertable, Selectable } from "kysely";
import type { PlanKind } from "#lib/core/plan/plan.ts";

/** SQLite has no boolean: 0 or 1. */
export type Flag = 0 | 1;

/** Users and organizations share one space of names. */
export interface NamespacesTable {
  id: Generated<number>;
  name: string;
  /** Lower case, unique: two names may not differ in case only. */
  name_key: string;
  type: "user" | "org";
  full_name: string;
  email: string | null;
  /** scrypt, `algorithm:cost:salt:hash`; null: no password, links and tokens only. */
  password: string | null;
  private_by_default: Flag;
  created_at: number;
}

export interface MembersTable {
  org_id: number;
  user_id: number;
  role: "read" | "contributor" | "write" | "admin";
}

export interface TokensTable {
  id: string;
  /** SHA-256 of the whole token; the token itself is never kept. */
  hash: Uint8Array;
  user_id: number;
  label: string;
  role: "read" | "propose" | "write" | "admin";
  /** `namespace` or `namespace/bucket`; null: everything the user reaches. */
  scope: string | null;
  /** The last four characters, so that people can tell tokens apart. */
  hint: string;
  created_at: number;
  expires_at: number | null;
  last_used_at: number | null;
  revoked_at: number | null;
}

export interface SessionsTable {
  hash: Uint8Array;
  /** null when the session stands for an upstream token only. */
  user_id: number | null;
  /** Signed in with an access token: the session may do what the token may, and ends with it. */
  token_id: string | null;
  /** AES-256-GCM under SESSION_SECRET; null on the embedded Hub. */
  upstream_token: Uint8Array | null;
  user_agent: string;
  created_at: number;
  expires_at: number;
  last_used_at: number;
}

/** One-time sign-in links. */
export interface LinksTable {
  hash: Uint8Array;
  user_id: number;
  created_at: number;
  expires_at: number;
  used_at: number | null;
}

/**
 * A deleted bucket is first moved to the namespace `~` (DETACHED), which has no members and no legal name, so that no
 * right leads to it; its rows go afterwards, in pieces.
 */
export interface BucketsTable {
  id: Generated<number>;
  namespace_id: number;
  name: string;
  name_key: string;
  visibility: "public" | "private";
  region: "us" | "eu" | null;
  /** JSON array of { provider, region }. */
  cdn_regions: string;
  created_at: number;
  updated_at: number;
  /** Logical bytes and number of files: the root folder's figures, kept in the same transaction. */
  size: number;
  files: number;
}

/** Where a bucket used to be; a new bucket under that name takes the row away. */
export interface BucketMovesTable {
  namespace_key: string;
  name_key: string;
  bucket_id: number;
}

export interface ContributorsTable {
  bucket_id: number;
  user_id: number;
  files: number;
  last_at: number;
}

/** Files (kind 1) and the folders above them (kind 0); each bucket has one root folder, path "". */
export interface EntriesTable {
  id: Generated<number>;
  bucket_id: number;
  /** The folder it stands in; null for the root. */
  folder_id: number | null;
  kind: 0 | 1;
  /** Full path from the root, byte order. */
  path: string;
  /** Logical bytes; of a folder all below it. */
  size: number;
  /** Number of files; 1 for a file, all below for a folder. */
  files: number;
  /** Of a folder the newest below. */
  uploaded_at: number;
  mtime: number | null;
  xet_hash: Uint8Array | null;
  content_type: string | null;
  uploaded_by: number | null;
}

export interface XorbsTable {
  id: Generated<number>;
  hash: Uint8Array;
  chunks: number;
  unpacked_bytes: number;
  /** Serialized bytes: what it takes on disk. */
  stored_bytes: number;
  created_at: number;
  /** Which blob holds it (`blobKey`): 0 as it was sent first, one more whenever its bytes lie elsewhere. */
  layout: Generated<number>;
  /** Chunks that garbage collection took out of the blob: they keep index, hash and unpacked length, and take 0 bytes. */
  dropped: Generated<number>;
  /** When its bytes were last sent. */
  touched_at: Generated<number>;
  /** Something may have become waste since garbage collection last looked; see `xorb_waste`. */
  unexamined: Generated<Flag>;
}

/**
 * Chunks of a xorb that nothing refers to (and that are not dropped yet), as garbage collection last found them. They are in no
 * dedup answer, and may be dropped when everybody who was offered them before has forgotten (`cas/gc.ts`).
 */
export interface XorbWasteTable {
  xorb_id: number;
  /** All of them are waste at least since then. */
  since: number;
  /** How many, and what they take on disk. */
  chunks: number;
  bytes: number;
  /** A bit a chunk of the xorb, the lowest of a byte first: 1 is waste. */
  marks: Uint8Array;
}

/** Where the chunks of a xorb lay before: URLs that were signed then are answered until they expire. By hash, as URLs name it. */
export interface XorbLayoutsTable {
  hash: Uint8Array;
  layout: number;
  xorb_id: number;
  /** As in `xorb_tables`. */
  offsets: Uint8Array;
  until: number;
}

/** One row, id 1. */
export interface GcStateTable {
  id: number;
  /** Xorbs of files that were idle before this were marked `unexamined`. */
  idle_until: number;
  /** When garbage collection last ended. */
  ran_at: number | null;
  /** Bytes on disk that it freed, ever. */
  freed_bytes: number;
}

export interface XorbTablesTable {
  xorb_id: number;
  /** chunks x 32 bytes. */
  hashes: Uint8Array;
  /** chunks x (u32 serialized end, u32 unpacked end), little-endian. A dropped chunk ends where it begins. */
  offsets: Uint8Array;
}

/**
 * Who sent a xorb's bytes, and under which bucket's write token: proof of possession before any file refers to it. A token
 * that is limited to some bucket may only lean on what was sent there. Key: all three.
 */
export interface XorbUploadersTable {
  xorb_id: number;
  user_id: number;
  bucket_id: number;
}

/** Who was told of a xorb that they had not sent, by a dedup answer that is good until then (`db/offers.ts`). Key: all but the time. */
export interface XorbOffersTable {
  user_id: number;
  /** 0: by a token for all that the account may read; a bucket's id, or a namespace's times -1: by one limited to it. */
  reach: number;
  xorb_id: number;
  until: number;
}

/**
 * Xet files: a content hash and its terms. Accounts that may not see each other's content each have a row of their own for the same hash (a
 * variant), so that terms never name a xorb that somebody else packed. A bucket holds one variant of a hash at a time, and
 * what an entry's hash means is found by `file_buckets`.
 */
export interface FilesTable {
  id: Generated<number>;
  hash: Uint8Array;
  size: number;
  /** terms x (u32 xorb id, u32 chunk start, u32 chunk end, u32 unpacked bytes), little-endian. */
  terms: Uint8Array;
  created_at: number;
  /**
   * Since when no entry of any bucket holds it (no row in `file_buckets`), or a shard last registered it without one; null while
   * one does. Garbage collection removes it when this is the grace (`GC_GRACE`) ago.
   */
  idle_since: number | null;
}

/** A shard for the file arrived under a write token of the bucket: proof of possession. */
export interface FileProofsTable {
  file_id: number;
  bucket_id: number;
}

/** Files that the bucket held and has no proof of (they were copied there): what an approved revert may bring back. */
export interface FilePastsTable {
  file_id: number;
  bucket_id: number;
}

/** How many entries of the bucket hold the file (refs > 0). The empty file (zero hash) is not counted: it is everyone's. */
export interface FileBucketsTable {
  file_id: number;
  bucket_id: number;
  refs: number;
}

/** How many distinct files of the bucket refer to the xorb (refs > 0). */
export interface XorbBucketsTable {
  xorb_id: number;
  bucket_id: number;
  refs: number;
}

/** Which files hold bytes of the xorb. A row lasts as long as its file's. */
export interface XorbFilesTable {
  xorb_id: number;
  file_id: number;
}

/** Chunks that a client may ask for: hash 0 modulo 1024, flagged, or the first of a xorb. */
export interface ChunkIndexTable {
  hash: Uint8Array;
  xorb_id: number;
  chunk: number;
}

/** The first chunk of each file. */
export interface FileHeadsTable {
  hash: Uint8Array;
  file_id: number;
}

/** Sync plans (`lib/core/plan/plan.ts` has the words). JSON columns hold what no query asks for. */
export interface PlansTable {
  id: Generated<number>;
  /** The bucket that the plan is about: its destination, or the source of a download. */
  bucket_id: number;
  /** Folder of the bucket, "" for the root. */
  prefix: string;
  direction: "upload" | "download" | "copy";
  source: string;
  dest: string;
  /** Of a copy. */
  source_bucket_id: number | null;
  source_prefix: string | null;
  /** JSON: how it was computed here, `{}` for a submitted file. A rebase compares by the same rules. */
  options: string;
  title: string;
  timestamp: string;
  version: number;
  status: "open" | "changes-requested" | "rejected" | "withdrawn" | "approved" | "running" | "done" | "failed";
  digest: string;
  /** Of the original bytes, which lie gzipped in the blob `plans/<sha256>`. */
  sha256: string;
  original_bytes: number;
  user_id: number;
  token_label: string | null;
  agent: Flag;
  created_at: number;
  updated_at: number;
  /** Of the present version. */
  operations: number;
  /** JSON: PlanTotals of the present version. */
  totals: string;
  /** Operations of the present version that are stale and unspent, kept in the transaction that moves the ground. */
  stale: number;
  /** JSON: { findings: Finding[], checksPassed: string[] }. */
  findings: string;
  revert_of: number | null;
}

export interface PlanVersionsTable {
  plan_id: number;
  version: number;
  digest: string;
  totals: string;
  /** Operations that are new or different in this version. */
  changed: number;
  user_id: number;
  token_label: string | null;
  agent: Flag;
  created_at: number;
}

/** Ids of plans, and those whose operations are being staged: swept at the next start. */
export interface PlanImportsTable {
  id: Generated<number>;
  created_at: number;
}

type KindFigure<Part extends string> = {
  [Name in `${Part}${PlanKind}_${"count" | "bytes"}`]: Generated<number>;
};

/**
 * Roll-ups of the present version, a row per folder that has operations below: all of them, those that are stale and not spent
 * (`stale_`), and those that are spent (`spent_`). Kept by `changePlanFolders` alone.
 */
export interface PlanFoldersTable extends KindFigure<"">, KindFigure<"stale_">, KindFigure<"spent_"> {
  id: Generated<number>;
  plan_id: number;
  parent_id: number | null;
  /** "" for the root, else ending in "/". */
  path: string;
  findings: number;
}

/**
 * A row is true from version `since` on, up to and without version `until` (null: still). A rebase closes the rows that changed and
 * writes new ones, so that an approval of version v covers a row exactly if `since <= v`.
 */
export interface PlanOperationsTable {
  id: Generated<number>;
  plan_id: number;
  bucket_id: number;
  folder_id: number;
  /** Line of the file, from 0; the header is 0. */
  line: number;
  path: string;
  /** Full path in the bucket. */
  target: string;
  /** Index into PLAN_KINDS: 0 add, 1 overwrite, 2 delete, 3 skip, 4 download. */
  kind: 0 | 1 | 2 | 3 | 4;
  reason: string;
  size: number | null;
  /** Microseconds. */
  local_mtime: number | null;
  remote_mtime: number | null;
  /** Content to be written, where known. */
  xet_hash: Uint8Array | null;
  since: number;
  until: number | null;
  /** The target at submission or rebase; null: nothing was there. */
  ground_hash: Uint8Array | null;
  ground_size: number | null;
  ground_mtime: number | null;
  ground_uploaded_at: number | null;
  /** The target is not what it was, and this operation did not do it. */
  stale: Flag;
  findings: number;
  /** When it ran: set in the transaction that changes the bucket, so that nothing runs twice. */
  spent_at: number | null;
  spent_by: number | null;
  /** What it left at the target; null: nothing. */
  spent_hash: Uint8Array | null;
  run_id: number | null;
  error: string | null;
}

export interface PlanApprovalsTable {
  id: Generated<number>;
  plan_id: number;
  version: number;
  digest: string;
  user_id: number;
  token_label: string | null;
  verdict: "approve" | "request-changes" | "reject";
  /** JSON: Selection. */
  selection: string;
  note: string;
  created_at: number;
  expires_at: number | null;
  withdrawn_at: number | null;
}

export interface PlanCommentsTable {
  id: Generated<number>;
  plan_id: number;
  path: string | null;
  user_id: number;
  token_label: string | null;
  agent: Flag;
  body: string;
  created_at: number;
  edited_at: number | null;
}

export interface PlanReviewersTable {
  plan_id: number;
  user_id: number;
  asked_by: number;
  asked_at: number;
}

export interface PlanRunsTable {
  id: Generated<number>;
  plan_id: number;
  how: "server" | "client" | "browser";
  user_id: number;
  token_label: string | null;
  agent: Flag;
  state: "running" | "paused" | "done" | "failed" | "cancelled";
  started_at: number;
  ended_at: number | null;
  total: number;
  done: number;
  failed: number;
  bytes: number;
  bytes_done: number;
  /** JSON: { role, scope, tokenId }, the rights of who started it, which each piece asks for anew. */
  reach: string;
  /** When it last did something. */
  active_at: number;
  message: string | null;
}

export interface BucketRulesTable {
  bucket_id: number;
  /** JSON: ReviewRules. */
  rules: string;
  updated_at: number;
}

/** Outlives its bucket. */
export interface ActivityTable {
  id: Generated<number>;
  bucket_id: number;
  plan_id: number | null;
  type: string;
  user_id: number | null;
  token_label: string | null;
  agent: Flag;
  /** JSON. */
  details: string;
  created_at: number;
}

export interface WebhooksTable {
  id: Generated<number>;
  bucket_id: number;
  url: string;
  secret: string;
  /** JSON: names of events. */
  events: string;
  created_at: number;
  last_at: number | null;
  last_status: number | null;
  last_message: string | null;
}

/** Deliveries still to be made: written with the event, so that none is lost. */
export interface WebhookDeliveriesTable {
  id: Generated<number>;
  webhook_id: number;
  event: string;
  payload: string;
  attempts: number;
  next_at: number;
}

/**
 * The figures of a bucket, as of `version`. All of `dedup_*` is derived: rows of the generation that the set names are one whole, and a
 * crash while another is being written leaves nothing but `scratch`.
 */
export interface DedupSetsTable {
  bucket_id: number;
  /** Of the rows that count; 0: none yet. */
  generation: number;
  /** `updated_at` of the bucket that the figures are of. */
  version: number;
  /** Grows with every set; names it in caches. */
  revision: number;
  as_of: number;
  took_ms: number;
  files: number;
  logical: number;
  unique: number;
  stored: number;
  /** Rows in `dedup_folders`. */
  folders: number;
  /** What only deleted files of the bucket hold: bytes on disk, files, since when the oldest waits. */
  waiting_bytes: number;
  waiting_files: number;
  waiting_since: number | null;
  /** A generation of rows that is being written or cleared away. */
  scratch: number | null;
  /** JSON: what the answers of these names hold, within the bucket. */
  checkpoints: string;
  ranked: string;
  matrix: string;
}

/** Figures of every folder within its bucket: `exclusive` and `freed` know of no other bucket. */
export interface DedupFoldersTable {
  bucket_id: number;
  generation: number;
  path: string;
  /** Of the entry; -1 for the root's parent. */
  id: number;
  parent_id: number;
  nested: Flag;
  files: number;
  logical: number;
  unique: number;
  exclusive: number;
  stored: number;
  freed: number;
}

/** The same of contents: 256 file ids a block, five float64 each: file id, unique, exclusive, stored, freed. */
export interface DedupFilesTable {
  bucket_id: number;
  generation: number;
  block: number;
  figures: Uint8Array;
}

/** Which chunks of a xorb the bucket's files hold (kind 0), and which only its deleted files hold (kind 1). */
export interface DedupCoverageTable {
  bucket_id: number;
  generation: number;
  kind: 0 | 1;
  xorb_id: number;
  /** Sorted, disjoint chunk ranges: u32 start, u32 end. */
  ranges: Uint8Array;
  unpacked: number;
  stored: number;
}

/** Two buckets whose coverages meet, a row from each side. */
export interface DedupOverlapsTable {
  bucket_id: number;
  other_id: number;
  /** What both hold. */
  unpacked: number;
  stored: number;
  /** Stored bytes that only deleted files of `bucket_id` hold within it, and that the other holds. */
  waiting: number;
}

export interface DedupHistoryTable {
  bucket_id: number;
  at: number;
  files: number;
  logical: number;
  unique: number;
  stored: number;
}

/** When the last entry of the bucket that held the file went; no row while one does. */
export interface DedupLeftTable {
  bucket_id: number;
  file_id: number;
  left_at: number;
}

export interface Tables {
  namespaces: NamespacesTable;
  members: MembersTable;
  tokens: TokensTable;
  sessions: SessionsTable;
  links: LinksTable;
  buckets: BucketsTable;
  bucket_moves: BucketMovesTable;
  contributors: ContributorsTable;
  entries: EntriesTable;
  xorbs: XorbsTable;
  xorb_tables: XorbTablesTable;
  xorb_uploaders: XorbUploadersTable;
  xorb_offers: XorbOffersTable;
  xorb_waste: XorbWasteTable;
  xorb_layouts: XorbLayoutsTable;
  gc_state: GcStateTable;
  files: FilesTable;
  file_proofs: FileProofsTable;
  file_pasts: FilePastsTable;
  file_buckets: FileBucketsTable;
  xorb_buckets: XorbBucketsTable;
  xorb_files: XorbFilesTable;
  chunk_index: ChunkIndexTable;
  file_heads: FileHeadsTable;
  plans: PlansTable;
  plan_imports: PlanImportsTable;
  plan_versions: PlanVersionsTable;
  plan_folders: PlanFoldersTable;
  plan_operations: PlanOperationsTable;
  plan_approvals: PlanApprovalsTable;
  plan_comments: PlanCommentsTable;
  plan_reviewers: PlanReviewersTable;
  plan_runs: PlanRunsTable;
  bucket_rules: BucketRulesTable;
  activity: ActivityTable;
  webhooks: WebhooksTable;
  webhook_deliveries: WebhookDeliveriesTable;
  dedup_sets: DedupSetsTable;
  dedup_folders: DedupFoldersTable;
  dedup_files: DedupFilesTable;
  dedup_coverage: DedupCoverageTable;
  dedup_overlaps: DedupOverlapsTable;
  dedup_history: DedupHistoryTable;
  dedup_left: DedupLeftTable;
}

export type BucketRow = Selectable<BucketsTable>;
export type EntryRow = Selectable<EntriesTable>;
export type NewEntry = Insertable<EntriesTable>;
export type XorbRow = Selectable<XorbsTable>;
export type FileRow = Selectable<FilesTable>;
export type StoredPlan = Selectable<PlansTable>;
export type StoredPlanFolder = Selectable<PlanFoldersTable>;
export type PlanFolderFigures = Omit<StoredPlanFolder, "id" | "plan_id" | "parent_id" | "path" | "findings">;
export type StoredOperation = Selectable<PlanOperationsTable>;
export type DedupSetRow = Selectable<DedupSetsTable>;
export type DedupFolderRow = Selectable<DedupFoldersTable>;
export type StoredApproval = Selectable<PlanApprovalsTable>;
