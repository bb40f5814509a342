/** The only judge of what a legal path inside a bucket is. */
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
