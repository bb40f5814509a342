/** What the routes of plans share: the id in the URL, pages, filters. */
import type { Page } from "#lib/core/bucket/entry.ts";
import { HubError } from "#lib/core/errors.ts";
import { PLAN_KINDS, type PlanKind } from "#lib/core/plan/plan.ts";
import type { OperationFilter, Plans } from "../plans/plans.ts";
import { intParam } from "./request.ts";
import { json } from "./response.ts";
import { type HubContext, hubRoute, type RouteHandler } from "./route.ts";

export interface PlanContext extends HubContext {
  plans: Plans;
  id: number;
}

/** A number from a URL. Throws NotFound: what has no number is not there. */
export function idParam(text: string | undefined, what: string): number {
  if (text === undefined || !/^[1-9]\d{0,14}$/.test(text)) {
    throw new HubError("NotFound", `There is no ${what} '${(text ?? "").slice(0, 50)}'.`);
  }
  return Number(text);
}

/** A route of one plan, param `plan`. */
export function planRoute(handler: (context: PlanContext) => Response | Promise<Response>): RouteHandler {
  return hubRoute((context) =>
    handler({ ...context, plans: context.services.plans, id: idParam(context.params.plan, "plan") }),
  );
}

/** `limit` and `cursor` of a list. */
export function pageParams(search: URLSearchParams, fallback = 50, most = 1000): { limit: number; cursor?: string } {
  return { limit: intParam(search, "limit", fallback, 1, most), cursor: search.get("cursor") || undefined };
}

/** `{ items, cursor }`: the pages' own form of a list. */
export function items<T>(page: Page<T>): Response {
  return json({ items: page.items, cursor: page.cursor });
}

/** `kinds=add,delete&findings=3&stale=1&approved=0&spent=&failed=&min=&max=&match=`; what is absent or empty is not asked. */
export function filterParams(search: URLSearchParams): OperationFilter {
  const flag = (name: string): boolean | undefined => {
    const text = search.get(name);
    if (text === null || text === "") return undefined;
    if (text === "1" || text === "true") return true;
    if (text === "0" || text === "false") return false;
    throw new HubError("BadRequest", `'${name}' must be 1 or 0.`);
  };
  const number = (name: string): number | undefined =>
    search.get(name) ? intParam(search, name, 0, 0, Number.MAX_SAFE_INTEGER) : undefined;
  const match = search.get("match") || undefined;
  if (match !== undefined && match.length > 1024) throw new HubError("BadRequest", "'match' is longer than 1024.");
  return {
    kinds: kindsOf(search.get("kinds")),
    findings: number("findings"),
    stale: flag("stale"),
    approved: flag("approved"),
    spent: flag("spent"),
    failed: flag("failed"),
    minSize: number("min"),
    maxSize: number("max"),
    match,
  };
}

function kindsOf(text: string | null): PlanKind[] | undefined {
  if (text === null || text === "") return undefined;
  return text.split(",").map((word) => {
    const kind = PLAN_KINDS.find((one) => one === word);
    if (kind === undefined) throw new HubError("BadRequest", `'kinds' must be some of ${PLAN_KINDS.join(", ")}.`);
    return kind;
  });
}
