/** In which files the known bytes of an upload were found: asked of the server when the upload is done. */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import type { Sharing } from "#lib/core/bucket/sharing.ts";
import type { FoundIn, UploadFileView } from "./job.ts";
import { letPagePass, sortInTurns, Turns } from "./turn.ts";

/** Files asked about: those with the most known bytes. */
const FILES_MAX = 36;
const AT_ONCE = 4;
/** Named, at most. */
const NAMED_MAX = 100;
/** Files looked at between two looks at the clock. */
const STEP = 128;

/** Answers what `GET .../sharing/PATH` does; null when it cannot be told. */
export type AskSharing = (bucket: BucketId, path: string) => Promise<Sharing | null>;

/**
 * Every known byte once: under the file that has most of them, the rest without a name. Files that this upload wrote are not
 * where it found anything.
 */
export async function findFoundIn(
  { bucket, files }: { bucket: BucketId; files: readonly Pick<UploadFileView, "path" | "state" | "known">[] },
  ask: AskSharing,
): Promise<FoundIn[]> {
  const turns = new Turns();
  // The end is drawn first.
  await letPagePass(turns);
  const written = new Set<string>();
  const bytes = new Map<string, FoundIn & { path: string; bucket: BucketId }>();
  let rest = 0;
  const credit = (place: { bucket: BucketId; path: string }, count: number) => {
    const key = `${place.bucket}/${place.path}`;
    const known = bytes.get(key);
    if (known) known.bytes += count;
    else bytes.set(key, { bucket: place.bucket, path: place.path, bytes: count });
  };
  const some: { path: string; known: number }[] = [];
  for (const [at, { path, known, state }] of files.entries()) {
    if (at % STEP === 0) await turns.pass();
    if (state === "done") written.add(path);
    if (known === 0) continue;
    // It is there under its own name.
    if (state === "unchanged") credit({ bucket, path }, known);
    else if (state === "done") some.push({ path, known });
    else rest += known;
  }
  turns.close();
  const asked = await sortInTurns(some, (a, b) => b.known - a.known);
  for (const { known } of asked.slice(FILES_MAX)) rest += known;
  const queue = asked.slice(0, FILES_MAX);
  async function work(): Promise<void> {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      let left = next.known;
      const answer = await ask(bucket, next.path);
      for (const place of answer?.files ?? []) {
        if (left === 0) break;
        if (place.bucket === bucket && written.has(place.path)) continue;
        const count = Math.min(left, place.shared);
        credit(place, count);
        left -= count;
      }
      rest += left;
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  const named = await sortInTurns([...bytes.values()], (a, b) => b.bytes - a.bytes || (a.path < b.path ? -1 : 1));
  for (const { bytes } of named.splice(NAMED_MAX)) rest += bytes;
  return rest === 0 ? named : [...named, { bucket: null, path: null, bytes: rest }];
}

/** By this site's own route. */
export const askSharing: AskSharing = async (bucket, path) => {
  try {
    const answer = await fetch(`/api/buckets/${bucket}/sharing/${encodePath(path)}?limit=40`);
    return answer.ok ? ((await answer.json()) as Sharing) : null;
  } catch {
    return null;
  }
};
