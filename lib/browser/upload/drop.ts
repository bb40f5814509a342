/**
 * What people give: dropped folders, picked files, pasted ones -> files with relative paths. First step of an upload, in the tab.
 * Folders are walked while the upload runs, so that a hundred thousand files neither freeze the page nor delay the first.
 */
import { type Filter, isFolderOut } from "./filter.ts";
import type { FileReason } from "./job.ts";
import { asFailure } from "./source.ts";

/** A file and the path it shall have below the prefix it is dropped into ("" segments and "./" never occur). */
export interface FoundFile {
  path: string;
  file: File;
  /** The file as it is now: `file` is a snapshot, which browsers refuse to read once it changed. Absent where they cannot tell. */
  open?: () => Promise<File>;
  /** It could not be had, or it is a folder that could not be read: `file` is empty then, and nothing of it may be sent. */
  fault?: { reason: FileReason; message: string };
}

export interface Dropped {
  /** Name of the one file or folder; null for several. */
  name: string | null;
  /**
   * Walks from the start each time it is called. `filter`: folders that stay out are not entered; `left` is told of each (its files
   * are not counted).
   */
  files(filter?: Filter, left?: (path: string) => void): AsyncGenerator<FoundFile, void, undefined>;
  /**
   * What can be kept to find the same files after a reload, to be asked once all were walked; null where the browser gives nothing of
   * the kind, or nothing by which it would find all of them.
   */
  handles?(): Promise<FileSystemHandle[] | null>;
}

/**
 * Names that Chromium leaves out, without a word, where it gives handles, because some system would take them for something else. Rather
 * more than it does leave out: its rule differs by platform.
 */
const UNUSUAL =
  /[:?*<>|"\\~\p{Cc}\p{Cf}]|^\s|[\s.]$|^(con|prn|aux|nul|clock\$|(com|lpt)\d)(\.|$)|\.(lnk|scf|url|local)$|\.\{|^desktop\.ini$/iu;

/**
 * A drop or a paste. Must be called while the event is handled: the browser takes the items back afterwards. Null when it holds no
 * file (text, a link).
 */
export function readTransfer(transfer: DataTransfer): Dropped | null {
  const entries: FileSystemEntry[] = [];
  const files: File[] = [];
  const handles: Promise<FileSystemHandle | null>[] = [];
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
    handles.push((item as HandleItem).getAsFileSystemHandle?.() ?? Promise.resolve(null));
    const entry = item.webkitGetAsEntry?.() ?? null;
    if (entry !== null) entries.push(entry);
    else {
      // Pasted pictures are files without an entry.
      const file = item.getAsFile();
      if (file !== null) files.push(file);
    }
  }
  if (entries.length === 0 && files.length === 0) return transfer.files.length > 0 ? readFiles(transfer.files) : null;
  const names = [...entries.map(({ name }) => name), ...files.map(({ name }) => name)];
  let unusual = false;
  return {
    name: names.length === 1 ? names[0] : null,
    async handles() {
      const all: (FileSystemHandle | null)[] = await Promise.all(handles).catch(() => [null]);
      return !unusual && all.every((handle) => handle !== null) ? all : null;
    },
    async *files(filter = () => false, left = () => {}) {
      for await (const found of walkEntries(entries, "", filter, left)) {
        unusual ||= found.path.split("/").some((name) => UNUSUAL.test(name));
        yield found;
      }
      for (const file of files) yield { path: file.name, file };
    },
  };
}

/** Not in all browsers, and not yet among the types. */
export interface HandleItem extends DataTransferItem {
  getAsFileSystemHandle?(): Promise<FileSystemHandle | null>;
}

/** `<input type="file">`, with or without `webkitdirectory`. */
export function readFiles(list: Iterable<File>): Dropped {
  const files = [...list];
  const pathOf = ({ webkitRelativePath: path, name }: File) =>
    // Chromium makes a slash of a backslash in a name, but here.
    path ? path.slice(0, path.length - name.length) + name : name;
  const tops = new Set(files.map((file) => pathOf(file).split("/", 1)[0]));
  return {
    name: tops.size === 1 ? [...tops][0] : null,
    async *files() {
      for (const file of files) yield { path: pathOf(file), file };
    },
  };
}

/** Files chosen with `showOpenFilePicker`, or what was kept from before. A folder's name is the first segment of its paths. */
export function readHandles(handles: readonly FileSystemHandle[]): Dropped {
  return {
    name: handles.length === 1 ? handles[0].name : null,
    handles: async () => [...handles],
    async *files(filter = () => false, left = () => {}) {
      yield* walkHandles(handles, "", filter, left);
    },
  };
}

async function* walkEntries(
  entries: readonly FileSystemEntry[],
  above: string,
  filter: Filter,
  left: (path: string) => void,
): AsyncGenerator<FoundFile, void, undefined> {
  async function* children(folder: FileSystemEntry): AsyncGenerator<FileSystemEntry[], void, undefined> {
    const from = (folder as FileSystemDirectoryEntry).createReader();
    // Browsers give a hundred at a time; an empty list is the end.
    const next = () => new Promise<FileSystemEntry[]>((resolve, reject) => from.readEntries(resolve, reject));
    for (let coming = next(); ; ) {
      const some = await coming;
      if (some.length === 0) return;
      coming = next();
      coming.catch(() => {});
      yield some;
    }
  }
  const open = (entry: FileSystemEntry) => (entry.isFile ? () => fileOf(entry as FileSystemFileEntry) : null);
  yield* walk(entries, above, filter, left, open, children);
}

/** Throws for what went away meanwhile. */
function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

/** Children of a folder that are taken together, and files that are opened ahead. */
const TOGETHER = 100;
const AHEAD = 16;

async function* walkHandles(
  handles: readonly FileSystemHandle[],
  above: string,
  filter: Filter,
  left: (path: string) => void,
): AsyncGenerator<FoundFile, void, undefined> {
  async function* children(folder: FileSystemHandle): AsyncGenerator<FileSystemHandle[], void, undefined> {
    let some: FileSystemHandle[] = [];
    for await (const child of (folder as FileSystemDirectoryHandle).values()) {
      if (some.push(child) < TOGETHER) continue;
      yield some;
      some = [];
    }
    yield some;
  }
  const open = (handle: FileSystemHandle) =>
    handle.kind === "file" ? () => (handle as FileSystemFileHandle).getFile() : null;
  yield* walk(handles, above, filter, left, open, children);
}

/**
 * In order, but the files ahead are being opened meanwhile: one after another takes a millisecond each. `open`: null for a folder.
 * More at once would be no faster, and answers that come together are one long task.
 */
async function* walk<Entry extends { name: string }>(
  siblings: readonly Entry[],
  above: string,
  filter: Filter,
  left: (path: string) => void,
  open: (entry: Entry) => (() => Promise<File>) | null,
  children: (folder: Entry) => AsyncGenerator<Entry[], void, undefined>,
): AsyncGenerator<FoundFile, void, undefined> {
  const ahead: ({ ask: () => Promise<File>; file: Promise<File | Error> } | null)[] = [];
  const look = (at: number) => {
    const ask = open(siblings[at]);
    ahead.push(ask && { ask, file: ask().catch((error) => error) });
  };
  for (let at = 0; at < Math.min(AHEAD, siblings.length); at++) look(at);
  for (const [at, entry] of siblings.entries()) {
    const path = above === "" ? entry.name : `${above}/${entry.name}`;
    const found = ahead.shift() ?? null;
    const file = await found?.file;
    if (at + AHEAD < siblings.length) look(at + AHEAD);
    if (found !== null) {
      yield file instanceof File ? { path, file, open: found.ask } : { ...faulty(path, file), open: found.ask };
    } else if (isFolderOut(filter, path)) left(path);
    else {
      try {
        for await (const some of children(entry)) yield* walk(some, path, filter, left, open, children);
      } catch (error) {
        // Of those below it nothing is known: a folder that seemed empty would be a loss that nobody hears of.
        yield faulty(path, error);
      }
    }
  }
}

function faulty(path: string, error: unknown): FoundFile {
  const { reason, message } = asFailure(error, 0);
  return { path, file: new File([], path.slice(path.lastIndexOf("/") + 1)), fault: { reason, message } };
}
