/**
 * What people give: dropped folders, picked files, pasted ones -> files with relative paths. First step of an upload, in the tab.
 * Folders are walked while the upload runs, so that a hundred thousand files neither freeze the page nor delay the first.
 */
import { type Filter, isFolderOut } from "./filter.ts";

/** A file and the path it shall have below the prefix it is dropped into ("" segments and "./" never occur). */
export interface FoundFile {
  path: string;
  file: File;
  /** The file as it is now: `file` is a snapshot, which browsers refuse to read once it changed. Absent where they cannot tell. */
  open?: () => Promise<File>;
}

export interface Dropped {
  /** Name of the one file or folder; null for several. */
  name: string | null;
  /**
   * Walks from the start each time it is called. `filter`: folders that stay out are not entered; `left` is told of each (its files
   * are not counted).
   */
  files(filter?: Filter, left?: (path: string) => void): AsyncGenerator<FoundFile, void, undefined>;
  /** What can be kept to find the same files after a reload; null where the browser gives nothing of the kind. */
  handles?: Promise<FileSystemHandle[] | null>;
}

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
  return {
    name: names.length === 1 ? names[0] : null,
    handles: Promise.all(handles).then(
      (all) => (all.every((handle) => handle !== null) ? all : null),
      () => null,
    ),
    async *files(filter = () => false, left = () => {}) {
      for (const entry of entries) yield* walkEntry(entry, "", filter, left);
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
  const pathOf = (file: File) => file.webkitRelativePath || file.name;
  const tops = new Set(files.map((file) => pathOf(file).split("/", 1)[0]));
  return {
    name: tops.size === 1 ? [...tops][0] : null,
    async *files() {
      for (const file of files) yield { path: pathOf(file), file };
    },
  };
}

/** Chosen with `showDirectoryPicker` or `showOpenFilePicker`, or kept from before. A folder's name is the first segment of its paths. */
export function readHandles(handles: readonly FileSystemHandle[]): Dropped {
  return {
    name: handles.length === 1 ? handles[0].name : null,
    handles: Promise.resolve([...handles]),
    async *files(filter = () => false, left = () => {}) {
      for (const handle of handles) yield* walkHandle(handle, "", filter, left);
    },
  };
}

async function* walkEntry(
  entry: FileSystemEntry,
  above: string,
  filter: Filter,
  left: (path: string) => void,
): AsyncGenerator<FoundFile, void, undefined> {
  const path = above === "" ? entry.name : `${above}/${entry.name}`;
  if (entry.isFile) {
    const open = () => fileOf(entry as FileSystemFileEntry);
    const file = await open().catch(() => null);
    if (file === null) left(path);
    else yield { path, file, open };
    return;
  }
  if (isFolderOut(filter, path)) {
    left(path);
    return;
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  while (true) {
    // Browsers give a hundred at a time; an empty list is the end.
    const some = await new Promise<FileSystemEntry[]>((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (some.length === 0) return;
    for (const child of some) yield* walkEntry(child, path, filter, left);
  }
}

/** Throws for what went away meanwhile. */
function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject));
}

async function* walkHandle(
  handle: FileSystemHandle,
  above: string,
  filter: Filter,
  left: (path: string) => void,
): AsyncGenerator<FoundFile, void, undefined> {
  const path = above === "" ? handle.name : `${above}/${handle.name}`;
  if (handle.kind === "file") {
    const open = () => (handle as FileSystemFileHandle).getFile();
    const file = await open().catch(() => null);
    if (file === null) left(path);
    else yield { path, file, open };
    return;
  }
  if (isFolderOut(filter, path)) {
    left(path);
    return;
  }
  for await (const child of (handle as FileSystemDirectoryHandle).values())
    yield* walkHandle(child, path, filter, left);
}
