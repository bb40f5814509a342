/** Blobs as files: `dir/kind/ab/abcdef...`, fanned out over 256 folders by the first two characters of the name. */
import { randomUUID } from "node:crypto";
import { type FileHandle, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { HubError } from "#lib/core/errors.ts";
import { type BlobInfo, type BlobRange, type BlobStore, PIECE_BYTES, type StagedFile } from "./blob-store.ts";

/** `tmp` must lie on the same file system as `dir`: a blob gets its name by a rename. */
export function createFileBlobs({ dir, tmp }: { dir: string; tmp: string }): BlobStore {
  /** Folders known to be there, durably. */
  const made = new Map<string, Promise<void>>();
  const spare: Buffer[] = [];

  function pathOf(key: string): string {
    const [, kind, name] = /^([a-z]+)\/([\w-]{2,128})$/.exec(key) ?? [];
    if (name === undefined) throw new Error(`Not a blob key: ${key}`);
    return join(dir, kind, name.slice(0, 2), name);
  }

  function ensureFolder(folder: string): Promise<void> {
    let ready = made.get(folder);
    if (ready === undefined) {
      ready = makeFolder(folder).catch((error) => {
        made.delete(folder);
        throw error;
      });
      made.set(folder, ready);
    }
    return ready;
  }

  async function adopt(path: string, key: string): Promise<void> {
    const target = pathOf(key);
    await ensureFolder(dirname(target));
    await rename(path, target);
    await syncFolder(dirname(target));
  }

  return {
    async *get(key, range, { recycle = false } = {}) {
      const handle = await open(pathOf(key), "r").catch((error) => {
        if (isMissing(error)) throw new HubError("NotFound", `No blob ${key}.`, { cause: error });
        throw error;
      });
      yield* readRange(handle, range, recycle ? spare : null);
    },

    async head(key) {
      try {
        const { size, mtimeMs } = await stat(pathOf(key));
        return { key, bytes: size, modifiedAt: mtimeMs };
      } catch (error) {
        if (isMissing(error)) return null;
        throw error;
      }
    },

    async put(key, body) {
      if (isStaged(body)) return adopt(body.path, key);
      const path = this.stage();
      try {
        await writeFlushed(path, body);
        await adopt(path, key);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
    },

    async delete(key) {
      const path = pathOf(key);
      await rm(path, { force: true });
      await syncFolder(dirname(path)).catch((error) => {
        if (!isMissing(error)) throw error;
      });
    },

    async *list(kind) {
      for (const part of await namesIn(join(dir, kind))) {
        const folder = join(dir, kind, part);
        for (const name of await namesIn(folder)) {
          const info = await stat(join(folder, name)).catch(() => null);
          if (info?.isFile()) yield { key: `${kind}/${name}`, bytes: info.size, modifiedAt: info.mtimeMs } as BlobInfo;
        }
      }
    },

    stage: () => join(tmp, randomUUID()),

    async discardStaged() {
      await rm(tmp, { recursive: true, force: true });
      await mkdir(tmp, { recursive: true });
    },
  };
}

function isStaged(body: AsyncIterable<Uint8Array> | StagedFile): body is StagedFile {
  return "path" in body;
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException)?.code === "ENOENT";
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** Makes a folder and those above it; each entry is on disk when this resolves. */
async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return;
    if (!isMissing(error)) throw error;
    await makeFolder(dirname(folder));
    return makeFolder(folder);
  }
  await syncFolder(dirname(folder));
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function writeFlushed(path: string, body: AsyncIterable<Uint8Array>): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const handle = await open(path, "wx");
  try {
    for await (const piece of body) await handle.writeFile(piece);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Buffers of PIECE_BYTES kept for the next reader. */
const SPARE_MAX = 32;

/**
 * Reads one piece ahead of its reader; closes the handle. Throws NotFound when the file is shorter than the range. `spare`:
 * where full pieces come from and go to.
 */
async function* readRange(
  handle: FileHandle,
  { start, end }: BlobRange,
  spare: Buffer[] | null,
): AsyncGenerator<Uint8Array> {
  let at = start;
  const readNext = () => {
    const length = Math.min(PIECE_BYTES, end - at);
    const kept = length === PIECE_BYTES ? spare?.pop() : undefined;
    const from = at;
    at += length;
    const read = readFully(handle, kept ?? Buffer.allocUnsafeSlow(length), from);
    // Nobody may be waiting when it fails; who comes for it gets the error.
    read.catch(() => {});
    return read;
  };
  let next = at < end ? readNext() : null;
  try {
    while (next !== null) {
      const piece: Buffer = await next;
      next = at < end ? readNext() : null;
      yield piece;
      // A small last piece may still lie in a socket's queue, and so may one whose reader went away.
      if (spare !== null && piece.length === PIECE_BYTES && spare.length < SPARE_MAX) spare.push(piece);
    }
  } finally {
    await next?.catch(() => {});
    await handle.close();
  }
}

async function readFully(handle: FileHandle, piece: Buffer, from: number): Promise<Buffer> {
  let done = 0;
  while (done < piece.length) {
    const { bytesRead } = await handle.read(piece, done, piece.length - done, from + done);
    if (bytesRead === 0) throw new HubError("NotFound", `A blob ends at byte ${from + done}, before its range does.`);
    done += bytesRead;
  }
  return piece;
}
