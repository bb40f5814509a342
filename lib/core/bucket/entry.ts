/** What a listing holds. Times are milliseconds since the epoch in the program, ISO strings ending in `Z` on the wire. */
import { z } from "zod";
import type { BucketId } from "./id.ts";

export type Visibility = "public" | "private";

export interface CdnRegion {
  provider: "aws" | "gcp";
  region: "us" | "eu";
}

export interface BucketInfo {
  /** Opaque and stable over renames. */
  key: string;
  id: BucketId;
  visibility: Visibility;
  createdAt: number;
  updatedAt: number;
  /** Logical bytes: the sum of file sizes. */
  size: number;
  files: number;
  region: "us" | "eu" | null;
  cdnRegions: CdnRegion[];
}

export interface BucketFile {
  type: "file";
  path: string;
  /** Logical bytes. */
  size: number;
  xetHash: string;
  mtime: number | null;
  uploadedAt: number | null;
  contentType: string | null;
}

export interface BucketFolder {
  type: "directory";
  path: string;
  /** Logical bytes of all files below, at any depth; null where the Hub does not say (an upstream). */
  size: number | null;
  /** Number of files below, at any depth; null where the Hub does not say. */
  files: number | null;
  /** The newest upload below. */
  uploadedAt: number | null;
}

export type BucketEntry = BucketFile | BucketFolder;

/** One page of a listing; `cursor` asks for the next one, null on the last page. */
export interface Page<T> {
  items: T[];
  cursor: string | null;
  /** "path": the order asked for was not to be had (a long folder of an upstream), and this is the Hub's own. */
  order?: "path";
}

/** A timestamp as clients demand it: `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
export function formatTime(ms: number): string {
  return new Date(ms).toISOString();
}

const time = z
  .string()
  .transform((text) => Date.parse(text))
  .pipe(z.number());
const optionalTime = time.nullish().transform((value) => value ?? null);

const fileSchema = z.object({
  type: z.literal("file"),
  path: z.string(),
  size: z.number(),
  xetHash: z.string(),
  mtime: optionalTime,
  uploadedAt: optionalTime,
  contentType: z
    .string()
    .nullish()
    .transform((value) => value ?? null),
});

const folderSchema = z.object({
  type: z.literal("directory"),
  path: z.string(),
  size: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
  files: z
    .number()
    .nullish()
    .transform((value) => value ?? null),
  uploadedAt: optionalTime,
});

const entrySchema = z.discriminatedUnion("type", [fileSchema, folderSchema]);

/** The JSON form of an entry (reference/hub-bucket-api 4.1). `size` and `files` of a folder are our addition. */
export function formatEntry(entry: BucketEntry): Record<string, unknown> {
  if (entry.type === "directory") {
    return {
      type: "directory",
      path: entry.path,
      uploadedAt: entry.uploadedAt === null ? undefined : formatTime(entry.uploadedAt),
      size: entry.size ?? undefined,
      files: entry.files ?? undefined,
    };
  }
  return {
    type: "file",
    path: entry.path,
    size: entry.size,
    xetHash: entry.xetHash,
    mtime: entry.mtime === null ? undefined : formatTime(entry.mtime),
    uploadedAt: entry.uploadedAt === null ? undefined : formatTime(entry.uploadedAt),
    contentType: entry.contentType ?? undefined,
  };
}

/** Reads the JSON form, of this server or of an upstream. Throws ZodError. */
export function parseEntry(json: unknown): BucketEntry {
  return entrySchema.parse(json);
}

const infoSchema = z.object({
  _id: z.string().optional(),
  id: z.string(),
  private: z.boolean(),
  createdAt: time,
  updatedAt: time.optional(),
  size: z.number(),
  totalFiles: z.number(),
  region: z.enum(["us", "eu"]).nullish(),
  cdnRegions: z.array(z.object({ provider: z.enum(["aws", "gcp"]), region: z.enum(["us", "eu"]) })).optional(),
});

/** The JSON form of a bucket (3.2). */
export function formatBucketInfo(info: BucketInfo): Record<string, unknown> {
  return {
    _id: info.key,
    id: info.id,
    author: info.id.slice(0, info.id.indexOf("/")),
    repoType: "bucket",
    private: info.visibility === "private",
    createdAt: formatTime(info.createdAt),
    updatedAt: formatTime(info.updatedAt),
    size: info.size,
    totalFiles: info.files,
    region: info.region ?? undefined,
    cdnRegions: info.cdnRegions,
  };
}

export function parseBucketInfo(json: unknown): BucketInfo {
  const info = infoSchema.parse(json);
  return {
    key: info._id ?? info.id,
    id: info.id,
    visibility: info.private ? "private" : "public",
    createdAt: info.createdAt,
    updatedAt: info.updatedAt ?? info.createdAt,
    size: info.size,
    files: info.totalFiles,
    region: info.region ?? null,
    cdnRegions: info.cdnRegions ?? [],
  };
}
