/** The browser's own choosers. */
import { type Dropped, readFiles, readHandles } from "#lib/browser/upload/drop.ts";

/** Kept while it is open, so that it is not collected before it answers. */
let open: HTMLInputElement | undefined;

/** Not in all browsers, and not yet among the types. What it gives can be kept over a reload. */
interface Pickers {
  showOpenFilePicker?(options: { id: string; multiple: true }): Promise<FileSystemFileHandle[]>;
}

/** Not on every phone. Dropping a folder is another matter. */
export function canPickFolders(): boolean {
  return "webkitdirectory" in HTMLInputElement.prototype;
}

/**
 * Must be called by a click or a key. Resolves when something was chosen; never, when the chooser was dismissed. Folders come from an
 * input although the browser has a picker that gives handles: these leave out files with unusual names, without a word.
 */
export async function pickFiles(what: "folder" | "files"): Promise<Dropped> {
  const { showOpenFilePicker } = window as Pickers;
  if (what === "files" && showOpenFilePicker) {
    return readHandles(await dismissable(() => showOpenFilePicker({ id: "upload", multiple: true })));
  }
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.webkitdirectory = what === "folder";
  open = input;
  return new Promise((resolve) => {
    input.onchange = () => {
      const files = [...(open?.files ?? [])];
      open = undefined;
      if (files.length > 0) resolve(readFiles(files));
    };
    input.click();
  });
}

async function dismissable<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if ((error as Error).name !== "AbortError") throw error;
    return new Promise(() => {});
  }
}
