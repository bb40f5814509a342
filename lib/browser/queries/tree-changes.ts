/** What changes a bucket's tree. Apart from reading it, because few visits change anything: the dialogs bring it along. */
import type { BucketEntry, BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { BucketOperation } from "#lib/core/bucket/operation.ts";
import { HubError } from "#lib/core/errors.ts";
import { api } from "../api.ts";

const ZERO_HASH = "0".repeat(64);

/** Gives a file another path in its bucket: a copy by hash and a delete in one batch, so no byte moves. Throws Conflict. */
export async function renameFile(id: BucketId, file: BucketFile, path: string): Promise<void> {
  const taken = await api<unknown[]>(`/api/buckets/${id}/paths-info`, { method: "POST", json: { paths: [path] } });
  if (taken.length > 0)
    throw new HubError("Conflict", `${path} exists already. Choose another path, or delete that file first.`);
  const { xetHash, mtime, contentType } = file;
  const put: BucketOperation =
    xetHash === ZERO_HASH
      ? { type: "addFile", path, xetHash, mtime: mtime ?? undefined, contentType: contentType ?? undefined }
      : { type: "copyFile", path, xetHash, mtime: mtime ?? undefined, sourceRepoType: "bucket", sourceRepoId: id };
  const lines: BucketOperation[] = [put, { type: "deleteFile", path: file.path }];
  await api(`/api/buckets/${id}/batch`, { method: "POST", text: lines.map((line) => JSON.stringify(line)).join("\n") });
}

/** Paths per request: the answer stays quick, and progress can be shown. */
const DELETE_PIECE = 500;

/** Deletes files and whole folders; `onProgress` hears how many of the chosen paths are done. Returns the files gone. */
export async function deleteEntries(
  id: BucketId,
  entries: BucketEntry[],
  onProgress: (done: number) => void,
): Promise<number> {
  let deleted = 0;
  for (let at = 0; at < entries.length; at += DELETE_PIECE) {
    const piece = entries.slice(at, at + DELETE_PIECE);
    const files = piece.filter((entry) => entry.type === "file").map((entry) => entry.path);
    const folders = piece.filter((entry) => entry.type === "directory").map((entry) => entry.path);
    const answer = await api<{ deleted: number }>(`/api/buckets/${id}/delete-paths`, {
      method: "POST",
      json: { files, folders },
    });
    deleted += answer.deleted;
    onProgress(Math.min(entries.length, at + DELETE_PIECE));
  }
  return deleted;
}
