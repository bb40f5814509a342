/** Wraps a handler with what each kind of route needs: services, actor, ids, and errors as answers. A handler translates; it never decides. */
import { type BucketId, formatBucketId, isName } from "#lib/core/bucket/id.ts";
import { HubError, isHubError } from "#lib/core/errors.ts";
import type { Cas, CasAccess } from "../cas/cas.ts";
import type { Actor } from "../hub/actor.ts";
import type { Hub } from "../hub/hub.ts";
import { type Services, services } from "../services.ts";
import { actorOf, bearerOf } from "./auth.ts";
import { errorResponse, toHubError } from "./errors.ts";
import { requestId, requestOrigin } from "./request.ts";

export type Params = Record<string, string | string[]>;
export type RouteHandler = (request: Request, context: { params: Promise<Params> }) => Promise<Response>;

export interface PlainContext {
  request: Request;
  url: URL;
  search: URLSearchParams;
  /** Decoded once; a catch-all is joined with "/". */
  params: Record<string, string>;
  /** Base of absolute URLs. */
  origin: string;
  services: Services;
}

export interface HubContext extends PlainContext {
  actor: Actor;
  hub: Hub;
}

export interface BucketContext extends HubContext {
  bucketId: BucketId;
  /** The catch-all part of the URL, "" where there is none. */
  path: string;
}

export interface CasContext extends PlainContext {
  access: CasAccess;
  cas: Cas;
}

type Handler<C> = (context: C) => Response | Promise<Response>;

/** A route that needs no actor. */
export function plainRoute(handler: Handler<PlainContext>): RouteHandler {
  return async (request, { params }) => {
    try {
      const made = services();
      const url = new URL(request.url);
      const flat = Object.entries(await params).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join("/") : value,
      ]);
      return await handler({
        request,
        url,
        search: url.searchParams,
        params: Object.fromEntries(flat),
        origin: requestOrigin(request, made.env.PUBLIC_URL),
        services: made,
      });
    } catch (error) {
      const known = toHubError(error);
      if (known.code === "Internal") {
        services().log.error(
          { requestId: requestId(request), method: request.method, url: request.url, err: error },
          "request failed",
        );
      }
      return errorResponse(known);
    }
  };
}

/** A route of the Hub API or of the pages' own API. */
export function hubRoute(handler: Handler<HubContext>): RouteHandler {
  return plainRoute(async (context) => {
    const actor = await actorOf(context.request, context.services.accounts);
    return handler({ ...context, actor, hub: context.services.hub });
  });
}

/** A route of one bucket, params `namespace` and `bucket`. A moved bucket answers 307 with a relative Location (2.5). */
export function bucketRoute(handler: Handler<BucketContext>): RouteHandler {
  return hubRoute(async (context) => {
    const { params, actor, hub, url } = context;
    const { namespace = "", bucket = "", path = "" } = params;
    const bucketId = formatBucketId(namespace, bucket);
    // An impossible name is a bucket that does not exist, not a malformed request: clients probe with such ids.
    if (!isName(namespace) || !isName(bucket)) throw new HubError("RepoNotFound", `Bucket ${bucketId} not found.`);
    try {
      return await handler({ ...context, bucketId, path });
    } catch (error) {
      if (!isHubError(error, "RepoNotFound") && !isHubError(error, "Unauthorized")) throw error;
      const moved = await hub.findMoved(actor, bucketId);
      if (moved === null) throw error;
      const old = new RegExp(`/buckets/${escapeDots(namespace)}/${escapeDots(bucket)}(?=/|$)`);
      const location = url.pathname.replace(old, () => `/buckets/${moved}`) + url.search;
      return new Response(null, { status: 307, headers: { Location: location, "Cache-Control": "no-store" } });
    }
  });
}

function escapeDots(text: string): string {
  return text.replace(/\./g, "\\.");
}

/** A route of the content store; its bearer is a xet token of at least `scope`. */
export function casRoute(scope: "read" | "write", handler: Handler<CasContext>): RouteHandler {
  return plainRoute(async (context) => {
    const { cas } = context.services;
    const access = await cas.authorize(bearerOf(context.request), scope);
    return handler({ ...context, access, cas });
  });
}
