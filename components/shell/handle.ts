import { isName } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { pathProblem } from "#lib/core/bucket/path-rule.ts";

/** Where a pasted `hf://` handle, Hub URL or plain `namespace/name/path` leads on this server; null when it is none of them. */
export function pageOfHandle(text: string): string | null {
  const trimmed = text.trim();
  const url = /^https?:\/\//.test(trimmed) && URL.canParse(trimmed) ? new URL(trimmed) : null;
  const from = url ? decode(url.pathname) : trimmed.replace(/^hf:\/\//, "");
  const parts = from.split("/").filter(Boolean);
  const named = parts[0] === "buckets";
  if (named) parts.shift();
  else if (url || parts.length < 2) return null;
  const [namespace, name, ...rest] = parts;
  if (namespace === undefined || name === undefined || !isName(namespace) || !isName(name)) return null;
  const bucket = `/buckets/${namespace}/${name}`;
  const kind = url && ["tree", "blob", "resolve"].includes(rest[0] ?? "") ? rest.shift() : undefined;
  const path = rest.join("/");
  if (path === "" || pathProblem(path) !== null) return bucket;
  // A handle does not say file or folder: the tree page sends files on to theirs.
  return `${bucket}/${kind === "blob" || kind === "resolve" ? "blob" : "tree"}/${encodePath(path)}`;
}

function decode(pathname: string): string {
  try {
    return decodeURIComponent(pathname);
  } catch {
    return pathname;
  }
}
