/**
 * What the files of a job come to, for the job and for each of its folders: kept up with every change of a file, so that telling how
 * far a hundred thousand of them are never walks them.
 */
import { parentOf } from "#lib/core/bucket/path.ts";
import { type FileState, type FileSums, isThere, NO_SUMS, type UploadFileView } from "./job.ts";

const isGivenUp = (state: FileState) => state === "cancelled" || state === "failed";
const isMoving = (state: FileState) => state === "reading" || state === "sending";

/** Adds a file, or takes it out again. */
export function addTo(sums: FileSums, file: UploadFileView, sign: 1 | -1): void {
  if (isGivenUp(file.state)) return;
  sums.size += sign * file.size;
  if (isThere(file.state)) {
    sums.there += sign * file.size;
    sums.thereFresh += sign * file.fresh;
    return;
  }
  sums.read += sign * file.read;
  sums.known += sign * file.known;
  sums.repeated += sign * file.repeated;
  sums.fresh += sign * file.fresh;
  sums.open += sign;
}

/** One folder of the bucket, as far as a job fills it. */
interface Folder {
  path: string;
  above: Folder | null;
  sums: FileSums;
  folders: Folder[];
  /** Files right in it that are being read or sent. */
  moving: Set<number>;
}

export class FolderSums {
  readonly #folders = new Map<string, Folder>();
  readonly #root = this.#make("", null);
  /** Where the last file was: files of a folder follow one another. */
  #last = this.#root;

  /** Of the whole job. */
  get all(): Readonly<FileSums> {
    return this.#root.sums;
  }

  /** Adds a file, or takes it out again: as it was when it was added. */
  count(file: UploadFileView, sign: 1 | -1): void {
    const folder = this.#of(parentOf(file.path));
    for (let each: Folder | null = folder; each !== null; each = each.above) addTo(each.sums, file, sign);
    if (!isMoving(file.state)) return;
    if (sign === 1) folder.moving.add(file.id);
    else folder.moving.delete(file.id);
  }

  /** The folders right in `path`, in the order they were found, and ids of the files right in it that are read or sent now. */
  in(path: string): { folders: readonly { path: string; sums: Readonly<FileSums> }[]; moving: Iterable<number> } {
    return this.#folders.get(path) ?? { folders: [], moving: [] };
  }

  #of(path: string): Folder {
    if (this.#last.path !== path) this.#last = this.#folders.get(path) ?? this.#make(path, this.#of(parentOf(path)));
    return this.#last;
  }

  #make(path: string, above: Folder | null): Folder {
    const folder: Folder = { path, above, sums: { ...NO_SUMS }, folders: [], moving: new Set() };
    this.#folders.set(path, folder);
    above?.folders.push(folder);
    return folder;
  }
}
