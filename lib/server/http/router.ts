/**
 * Finds the `app/**\/route.ts` of a path, by Next's own naming: `[x]` one segment, `[...x]` the rest, `[[...x]]` the rest
 * or nothing, `(x)` no segment. Fixed names win over parameters, parameters over catch-alls.
 */
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { HubError } from "#lib/core/errors.ts";
import type { Params, RouteHandler } from "./route.ts";

export type RouteModule = Partial<
  Record<"GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE" | "OPTIONS", RouteHandler>
>;

interface Node {
  fixed: Map<string, Node>;
  parameter?: { name: string; node: Node };
  rest?: { name: string; optional: boolean; module: RouteModule };
  module?: RouteModule;
}

export interface Match {
  module: RouteModule;
  params: Params;
}

export interface Router {
  /** `pathname` still percent-encoded: it is decoded once, after it was split. Throws BadRequest on broken encoding. */
  match(pathname: string): Match | null;
}

const empty = (): Node => ({ fixed: new Map() });

export function createRouter(routes: Iterable<[pattern: string, module: RouteModule]>): Router {
  const root = empty();
  for (const [pattern, module] of routes) {
    let node = root;
    let ended = false;
    for (const part of pattern.split("/").filter((segment) => segment !== "" && !/^\(.*\)$/.test(segment))) {
      const [, optional, dots, name] = /^(\[)?\[(\.\.\.)?([^\]]+)\]\]?$/.exec(part) ?? [];
      if (name === undefined) {
        if (!node.fixed.has(part)) node.fixed.set(part, empty());
        node = node.fixed.get(part)!;
      } else if (dots === undefined) {
        node.parameter ??= { name, node: empty() };
        node = node.parameter.node;
      } else {
        node.rest = { name, optional: optional !== undefined, module };
        ended = true;
      }
    }
    if (!ended) node.module = module;
  }

  function find(node: Node, parts: string[], at: number, params: Params): Match | null {
    // One trailing slash is forgiven where no catch-all takes it.
    const done = at === parts.length || (at === parts.length - 1 && parts[at] === "");
    if (done && node.module !== undefined) return { module: node.module, params };
    if (at < parts.length) {
      const part = parts[at]!;
      const fixed = node.fixed.get(part);
      const found = fixed && find(fixed, parts, at + 1, params);
      if (found) return found;
      if (node.parameter !== undefined && part !== "") {
        const deeper = { ...params, [node.parameter.name]: decode(part) };
        const inside = find(node.parameter.node, parts, at + 1, deeper);
        if (inside !== null) return inside;
      }
    }
    if (node.rest !== undefined && (at < parts.length || node.rest.optional)) {
      return { module: node.rest.module, params: { ...params, [node.rest.name]: parts.slice(at).map(decode) } };
    }
    return null;
  }

  return { match: (pathname) => find(root, pathname.split("/").slice(1), 0, {}) };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (cause) {
    throw new HubError("BadRequest", "The URL holds a broken percent-encoding.", { cause });
  }
}

/** Imports every `route.ts` below `appDir`. */
export async function loadRoutes(appDir: string): Promise<Router> {
  const files = (await readdir(appDir, { recursive: true })).filter((file) => /(^|[\\/])route\.ts$/.test(file));
  const routes = files.map(async (file): Promise<[string, RouteModule]> => {
    const module: RouteModule = await import(pathToFileURL(join(appDir, file)).href);
    return [file.slice(0, -"route.ts".length).split(sep).join("/"), module];
  });
  return createRouter(await Promise.all(routes));
}
