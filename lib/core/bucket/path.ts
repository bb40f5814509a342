/** Paths and prefixes inside a bucket: the only judge of what a legal path is. */
import { HubError } from "../errors.ts";

/** Most bytes of a path in UTF-8, the limit of object stores (S3 keys). */
export const PATH_BYTES_MAX = 1024;

const encoder = new TextEncoder();

/** Why `path` is not a legal file path, or null. Paths are compared byte by byte: NFC and NFD twins are two files. */
export function pathProblem(path: string): string | null {
  if (path === "") return "the path is empty";
  if (path.startsWith("/") || path.endsWith("/")) return "a path neither starts nor ends with '/'";
  if (path.includes("\0")) return "the path holds a NUL";
  if (path.includes("\\")) return "the path holds a backslash";
  if (!path.isWellFormed()) return "the path holds a lone surrogate, which has no UTF-8 form";
  for (const part of path.split("/")) {
    if (part === "") return "the path holds an empty segment ('//')";
    if (part === "." || part === "..") return `the path holds a '${part}' segment`;
  }
  if (path.length > PATH_BYTES_MAX / 3 && encoder.encode(path).length > PATH_BYTES_MAX) {
    return `the path is longer than ${PATH_BYTES_MAX} bytes`;
  }
  return null;
}

/** Returns `path`, or throws BadRequest that says what is wrong with it. */
export function checkPath(path: string): string {
  const problem = pathProblem(path);
  if (problem !== null) {
    const shown = path.length > 120 ? `${path.slice(0, 120)}…` : path;
    throw new HubError("BadRequest", `Invalid path ${JSON.stringify(shown)}: ${problem}.`);
  }
  return path;
}

/** A listing prefix without its slashes at either end; "" is the whole bucket. Throws BadRequest for an illegal one. */
export function checkPrefix(prefix: string): string {
  const trimmed = prefix.replace(/^\/+|\/+$/g, "");
  return trimmed === "" ? "" : checkPath(trimmed);
}

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

/** Order of two paths by their UTF-8 bytes, as the database and clients have it; JavaScript's own order is by UTF-16 units. */
export function comparePaths(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const [unitA, unitB] = [a.charCodeAt(at), b.charCodeAt(at)];
    // A surrogate stands for a code point above U+FFFF, and so comes after every other unit.
    if (unitA !== unitB) return rank(unitA) - rank(unitB);
  }
  return a.length - b.length;
}

function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
