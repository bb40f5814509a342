/**
 * What people give: dropped folders, picked files, pasted ones -> files with relative paths. First step of an upload, in the tab.
 * Folders are walked while the upload runs, so that a hundred thousand files neither freeze the page nor delay the first.
 */
import { type Filter, isFolderOut } from "./filter.ts";

/** A file and the path it shall have below the prefix it is dropped into ("" segments and "./" never occur). */
export interface FoundFile {
  path: string;
  file: File;
}

export interface Dropped {
  /** Name of the one file or folder; null for several. */
  name: string | null;
  /** To be walked once. `filter`: folders that stay out are not entered; `left` is told of each (its files are not counted). */
  files(filter?: Filter, left?: (path: string) => void): AsyncGenerator<FoundFile, void, undefined>;
}

/**
 * A drop or a paste. Must be called while the event is handled: the browser takes the items back afterwards. Null when it holds no
 * file (text, a link).
 */
export function readTransfer(transfer: DataTransfer): Dropped | null {
  const entries: FileSystemEntry[] = [];
  const files: File[] = [];
  for (const item of transfer.items) {
    if (item.kind !== "file") continue;
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
    async *files(filter = () => false, left = () => {}) {
      for (const entry of entries) yield* walkEntry(entry, "", filter, left);
      for (const file of files) yield { path: file.name, file };
    },
  };
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

/** A folder chosen with `showDirectoryPicker`; its name is the first segment of the paths, as for a dropped one. */
export function readDirectory(directory: FileSystemDirectoryHandle): Dropped {
  return {
    name: directory.name,
    files: (filter = () => false, left = () => {}) => walkHandle(directory, directory.name, filter, left),
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
    const file = await fileOf(entry as FileSystemFileEntry);
    if (file === null) left(path);
    else yield { path, file };
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

/** Null for what went away between listing and asking. */
function fileOf(entry: FileSystemFileEntry): Promise<File | null> {
  return new Promise((resolve) => entry.file(resolve, () => resolve(null)));
}

async function* walkHandle(
  directory: FileSystemDirectoryHandle,
  path: string,
  filter: Filter,
  left: (path: string) => void,
): AsyncGenerator<FoundFile, void, undefined> {
  if (isFolderOut(filter, path)) {
    left(path);
    return;
  }
  for await (const child of directory.values()) {
    const below = `${path}/${child.name}`;
    if (child.kind === "directory") yield* walkHandle(child as FileSystemDirectoryHandle, below, filter, left);
    else {
      const file = await (child as FileSystemFileHandle).getFile().catch(() => null);
      if (file === null) left(below);
      else yield { path: below, file };
    }
  }
}
