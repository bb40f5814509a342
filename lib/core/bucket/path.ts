/** Paths inside a bucket, taken apart; their order is in `path-order.ts`, and what a legal one is says `path-rule.ts`. */

export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** All folders above `path`, outermost first, the root ("") included: "a/b/c" -> "", "a", "a/b". */
export function foldersOf(path: string): string[] {
  const folders = [""];
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) folders.push(path.slice(0, at));
  return folders;
}

/** True when `path` is `prefix` or lies below it, on a segment boundary. */
export function isUnder(path: string, prefix: string): boolean {
  return prefix === "" || path === prefix || path.startsWith(`${prefix}/`);
}

/** Percent-encodes each segment and keeps the slashes, for URLs of pages and downloads. */
export function encodePath(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}
