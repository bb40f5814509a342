/** The upstream's JSON as values of core. What is not in their form is the Hub's fault: UpstreamFailed. */
import { type BucketEntry, type BucketInfo, parseBucketInfo, parseEntry } from "#lib/core/bucket/entry.ts";
import { HubError } from "#lib/core/errors.ts";

function read<T>(what: string, parse: () => T): T {
  try {
    return parse();
  } catch (cause) {
    throw new HubError("UpstreamFailed", `The Hub answered with something that is not ${what}.`, { cause });
  }
}

export function readArray(value: unknown, what: string): unknown[] {
  if (Array.isArray(value)) return value;
  throw new HubError("UpstreamFailed", `The Hub answered with something that is not ${what}.`);
}

/** Kinds of entry that we do not know are left out. A folder's `size` counts only beside `files`: Hubs send 0 for "not said". */
export function readEntries(value: unknown): BucketEntry[] {
  return readArray(value, "a listing").flatMap((json) => {
    const { type } = (json ?? {}) as { type?: unknown };
    if (type !== "file" && type !== "directory") return [];
    const entry = read("a listing", () => parseEntry(json));
    return entry.type === "directory" && entry.files === null ? { ...entry, size: null } : entry;
  });
}

/** Regions of a provider that we do not know are left out. */
export function readBucket(value: unknown): BucketInfo {
  const json = (value ?? {}) as { region?: unknown; cdnRegions?: unknown };
  const known = (region: unknown) => region === "us" || region === "eu";
  const regions = Array.isArray(json.cdnRegions) ? json.cdnRegions : [];
  return read("a bucket", () =>
    parseBucketInfo({
      ...json,
      region: known(json.region) ? json.region : null,
      cdnRegions: regions.filter((one) => ["aws", "gcp"].includes(one?.provider) && known(one?.region)),
    }),
  );
}
