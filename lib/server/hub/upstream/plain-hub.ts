/**
 * A Hub for tests that behaves as the real one does where it differs from ours (reference 2 to 7): prefixes matched as text,
 * path order only, no folder figures, absolute Link headers, downloads by redirect to another host, moved buckets by 307.
 */
import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { comparePaths } from "#lib/core/bucket/path-order.ts";

export const GOOD_TOKEN = "hf_the_token_that_must_not_leak";
export const UPLOADED_AT = "2026-03-01T10:00:00.000Z";

export interface PlainHub {
  url: string;
  /** The other host, where bytes come from. */
  storageUrl: string;
  /** What each of the two was asked, in order. */
  asked: {
    host: "hub" | "storage";
    method: string;
    path: string;
    authorization?: string;
    range?: string;
    body: string;
  }[];
  /** id -> path -> content. */
  buckets: Map<string, Map<string, Buffer>>;
  moved: Map<string, string>;
  /** Answers instead of the routes below, once set. */
  override?: (request: IncomingMessage, response: ServerResponse) => boolean;
  /** Same for the host of the bytes. */
  storageOverride?: (request: IncomingMessage, response: ServerResponse) => boolean;
  close(): Promise<void>;
}

const hashes = new WeakMap<Buffer, string>();

/** Computed once for each content: listings name it again and again. */
export function hashOf(content: Buffer): string {
  const known = hashes.get(content);
  if (known !== undefined) return known;
  const hash = createHash("sha256").update(content).digest("hex");
  hashes.set(content, hash);
  return hash;
}

export async function startPlainHub({ pageSize = 1000 } = {}): Promise<PlainHub> {
  const asked: PlainHub["asked"] = [];
  const hub = createServer((request, response) => void answer("hub", request, response));
  const storage = createServer((request, response) => void answer("storage", request, response));
  const [url, storageUrl] = await Promise.all([listen(hub), listen(storage)]);
  const made: PlainHub = {
    url,
    storageUrl,
    asked,
    buckets: new Map(),
    moved: new Map(),
    async close() {
      for (const server of [hub, storage]) {
        server.close();
        server.closeAllConnections();
      }
    },
  };

  async function answer(host: "hub" | "storage", request: IncomingMessage, response: ServerResponse): Promise<void> {
    const pieces: Buffer[] = [];
    for await (const piece of request) pieces.push(piece);
    const body = Buffer.concat(pieces).toString();
    const { authorization, range } = request.headers;
    asked.push({ host, method: request.method!, path: request.url!, authorization, range, body });
    if (host === "storage") {
      if (made.storageOverride?.(request, response)) return;
      return bytes(request, response);
    }
    if (made.override?.(request, response)) return;
    const target = new URL(request.url!, url);
    const parts = target.pathname.split("/").slice(1);
    if (target.pathname === "/api/whoami-v2") return whoami(request, response);
    if (target.pathname === "/api/repos/move") return move(JSON.parse(body), response);
    const api = parts[0] === "api";
    if (parts[api ? 1 : 0] !== "buckets") return refuse(response, 404, undefined, "Sorry, we can't find this page");
    const [namespace, name, verb, ...rest] = parts.slice(api ? 2 : 1);
    if (name === undefined) return list(namespace!, target, response);
    const id = `${namespace}/${name}`;
    const to = made.moved.get(id);
    if (to !== undefined) {
      response.writeHead(307, { Location: target.pathname.replace(id, to) + target.search }).end();
      return;
    }
    const files = made.buckets.get(id);
    if (verb === undefined && request.method === "POST") return create(id, response);
    if (authorization === undefined && files === undefined)
      return refuse(response, 401, "RepoNotFound", "Invalid username or password.");
    if (files === undefined) return refuse(response, 404, "RepoNotFound", "Repository not found");
    const path = decodeURIComponent(rest.join("/"));
    if (verb === undefined && request.method === "DELETE") {
      made.buckets.delete(id);
      response.writeHead(204).end();
    } else if (verb === undefined) send(response, info(id, files));
    else if (verb === "tree") tree(files, path.replace(/\/$/, ""), target, response);
    else if (verb === "paths-info") {
      const { paths } = JSON.parse(body) as { paths: string[] };
      send(
        response,
        paths.filter((one) => files.has(one)).map((one) => entry(one, files.get(one)!)),
      );
    } else if (verb === "batch") batch(files, body, response);
    else if (verb === "settings") send(response, {});
    else if (verb === "resolve") {
      const content = files.get(path);
      if (content === undefined) return refuse(response, 404, "EntryNotFound", "Entry not found");
      const location = `${storageUrl}/${id}/${encodeURIComponent(path)}`;
      response.writeHead(302, { Location: location, "X-Xet-Hash": hashOf(content) }).end();
    } else if (verb.startsWith("xet-")) {
      send(response, { accessToken: "xet", casUrl: `${storageUrl}/cas/`, exp: 2_000_000_000 });
    } else refuse(response, 404, undefined, "Not found");
  }

  function whoami(request: IncomingMessage, response: ServerResponse) {
    if (request.headers.authorization !== `Bearer ${GOOD_TOKEN}`) {
      return refuse(response, 401, undefined, `Invalid credentials: ${request.headers.authorization}`);
    }
    send(response, {
      type: "user",
      name: "ada",
      fullname: "Ada L.",
      orgs: [{ type: "org", name: "guild", fullname: "The Guild", roleInOrg: "read" }],
      auth: { type: "access_token", accessToken: { displayName: "t", role: "write", createdAt: UPLOADED_AT } },
    });
  }

  function list(namespace: string, target: URL, response: ServerResponse) {
    const search = target.searchParams.get("search") ?? "";
    const found = [...made.buckets].filter(
      ([id]) => id.startsWith(`${namespace}/`) && id.slice(namespace.length + 1).includes(search),
    );
    if (found.length === 0 && !["ada", "guild"].includes(namespace))
      return refuse(response, 404, undefined, "Not found");
    page(
      found.map(([id, files]) => info(id, files)),
      target,
      response,
    );
  }

  function create(id: string, response: ServerResponse): void {
    const known = made.buckets.has(id);
    if (!known) made.buckets.set(id, new Map());
    const answer = { url: `https://hub.example/buckets/${id}`, name: id, id };
    send(response, known ? { ...answer, error: "You already created this repo" } : answer, known ? 409 : 200);
  }

  function move({ fromRepo, toRepo }: { fromRepo: string; toRepo: string }, response: ServerResponse) {
    const files = made.buckets.get(fromRepo);
    if (files === undefined) return refuse(response, 404, "RepoNotFound", "Repository not found");
    made.buckets.set(toRepo, files);
    made.buckets.delete(fromRepo);
    made.moved.set(fromRepo, toRepo);
    send(response, {});
  }

  function tree(files: Map<string, Buffer>, prefix: string, target: URL, response: ServerResponse) {
    const paths = [...files.keys()].filter((path) => path.startsWith(prefix)).sort(comparePaths);
    if (target.searchParams.get("recursive") !== "false") {
      return page(
        paths.map((path) => entry(path, files.get(path)!)),
        target,
        response,
      );
    }
    const entries = new Map<string, object>();
    const from = prefix === "" ? 0 : prefix.length + 1;
    for (const path of paths) {
      const slash = path.indexOf("/", from);
      if (slash === -1) entries.set(path, entry(path, files.get(path)!));
      else {
        const folder = path.slice(0, slash);
        entries.set(`${folder}\0`, { type: "directory", path: folder, size: 0, uploadedAt: UPLOADED_AT });
      }
    }
    page(
      [...entries].sort(([a], [b]) => comparePaths(a, b)).map(([, one]) => one),
      target,
      response,
    );
  }

  function page(items: object[], target: URL, response: ServerResponse): void {
    const from = Number(target.searchParams.get("cursor") ?? 0);
    const to = from + Math.min(Number(target.searchParams.get("limit") ?? pageSize), pageSize);
    if (to < items.length) {
      const next = new URL(target);
      next.searchParams.set("cursor", String(to));
      // As behind a proxy: the address that its clients know, which is not the one we know it by.
      response.setHeader("Link", `<https://hub.example${next.pathname}${next.search}>; rel="next"`);
    }
    send(response, items.slice(from, to));
  }

  function batch(files: Map<string, Buffer>, body: string, response: ServerResponse): void {
    const lines = body
      .split("\n")
      .filter(Boolean)
      .map((line) => JSON.parse(line));
    const failed = lines
      .filter((line) => line.xetHash === "0".repeat(63).concat("1"))
      .map(({ path }) => ({ path, error: "unknown hash" }));
    const succeeded = failed.length > 0 ? 0 : lines.length;
    if (failed.length === 0) {
      for (const line of lines) {
        if (line.type === "deleteFile") files.delete(line.path);
        else files.set(line.path, Buffer.from(line.xetHash));
      }
    }
    const result = { success: failed.length === 0, processed: lines.length, succeeded, failed };
    if (failed.length === 0) send(response, result);
    else send(response, { ...result, error: "The batch was refused" }, 422);
  }

  function bytes(request: IncomingMessage, response: ServerResponse): void {
    const [, namespace, name, path] = request.url!.split("/");
    const content = made.buckets.get(`${namespace}/${name}`)!.get(decodeURIComponent(path!))!;
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? "")!;
    const part = content.subarray(Number(first), Number(last) + 1);
    const range = `bytes ${first}-${Number(first) + part.length - 1}/${content.length}`;
    response.writeHead(206, { "Content-Range": range, "Content-Length": part.length }).end(part);
  }

  return made;
}

function entry(path: string, content: Buffer): object {
  return {
    type: "file",
    path,
    size: content.length,
    xetHash: hashOf(content),
    mtime: UPLOADED_AT,
    uploadedAt: UPLOADED_AT,
    contentType: "text/plain",
  };
}

function info(id: string, files: Map<string, Buffer>): object {
  let size = 0;
  for (const content of files.values()) size += content.length;
  return { id, private: false, createdAt: UPLOADED_AT, size, totalFiles: files.size };
}

function send(response: ServerResponse, value: object, status = 200): void {
  response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
}

function refuse(response: ServerResponse, status: number, code: string | undefined, error: string): void {
  if (code !== undefined) response.setHeader("X-Error-Code", code);
  send(response, { error }, status);
}

async function listen(server: Server): Promise<string> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
