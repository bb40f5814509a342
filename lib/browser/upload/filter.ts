/** What is left out of a dropped folder: the house's own rules, and the person's globs. */

/** What no bucket wants: version control, caches, droppings of file managers and editors. */
export const FILTERS_DEFAULT: readonly string[] = [
  ".git/",
  ".hg/",
  ".svn/",
  ".DS_Store",
  "._*",
  "Thumbs.db",
  "desktop.ini",
  "__pycache__/",
  ".ipynb_checkpoints/",
  ".cache/huggingface/",
  "*.swp",
];

/** True for a path (relative to what was dropped) that stays out. */
export type Filter = (path: string) => boolean;

/**
 * Globs as people write them: `*` and `?` within a segment, `**` over segments, `[abc]` and `[!abc]`. Without a slash before its
 * end a glob holds at any depth; ending in a slash it holds for folders and all below. A glob that cannot be read holds for nothing.
 */
export function createFilter(globs: readonly string[]): Filter {
  const rules = globs.map((glob) => glob.trim()).filter((glob) => glob !== "" && !glob.startsWith("#"));
  if (rules.length === 0) return () => false;
  const patterns = rules.map(compile).filter((pattern) => pattern !== null);
  return (path) => patterns.some((pattern) => pattern.test(path));
}

/** Whether a folder stays out as a whole, so that it need not be walked. */
export function isFolderOut(filter: Filter, folder: string): boolean {
  // A name that no rule knows: only rules of the folder itself can hold for it.
  return filter(`${folder}/\u0001`);
}

function compile(glob: string): RegExp | null {
  const isFolder = glob.endsWith("/");
  const body = glob.replace(/^\/|\/$/g, "");
  const anchored = glob.startsWith("/") || body.includes("/");
  let source = anchored ? "^" : "(?:^|/)";
  for (let at = 0; at < body.length; at++) {
    const char = body[at];
    if (char === "*" && body[at + 1] === "*") {
      const slash = body[at + 2] === "/";
      source += slash ? "(?:.*/)?" : ".*";
      at += slash ? 2 : 1;
    } else if (char === "*") source += "[^/]*";
    else if (char === "?") source += "[^/]";
    else if (char === "[") {
      const end = body.indexOf("]", at + 2);
      if (end === -1) source += "\\[";
      else {
        source += `[${body
          .slice(at + 1, end)
          .replace(/^!/, "^")
          .replace(/\\/g, "\\\\")}]`;
        at = end;
      }
    } else source += char.replace(/[\\^$.|+(){}\]]/g, "\\$&");
  }
  try {
    return new RegExp(`${source}${isFolder ? "/" : "(?:$|/)"}`, "u");
  } catch {
    return null;
  }
}
