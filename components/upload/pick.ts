/** The browser's own choosers. */

/** Kept while it is open, so that it is not collected before it answers. */
let open: HTMLInputElement | undefined;

/** Must be called by a click or a key. Resolves when something was chosen; never, when the chooser was dismissed. */
export function pickFiles(what: "folder" | "files"): Promise<File[]> {
  const input = document.createElement("input");
  input.type = "file";
  input.multiple = true;
  input.webkitdirectory = what === "folder";
  open = input;
  return new Promise((resolve) => {
    input.onchange = () => {
      resolve([...(open?.files ?? [])]);
      open = undefined;
    };
    input.click();
  });
}
