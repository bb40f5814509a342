import { z } from "zod";
import { checkSelection } from "#lib/core/plan/selection.ts";
import { planRoute } from "#lib/server/http/plan.ts";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";

const decision = z.object({
  verdict: z.enum(["approve", "request-changes", "reject"]),
  digest: z.string().max(200),
  /** Absent: everything. Of an approval only. */
  selection: z.unknown().optional(),
  note: z.string().max(10_000).default(""),
});

/** Decides on exactly the operations of `digest`. */
export const POST = planRoute(async ({ plans, actor, id, request }) => {
  const { selection, ...rest } = await readJson(request, decision);
  return json(
    await plans.decide(actor, id, {
      ...rest,
      selection: selection === undefined ? [{ path: "/", include: true }] : checkSelection(selection),
    }),
  );
});

/** Takes the caller's own decision back. */
export const DELETE = planRoute(async ({ plans, actor, id }) => json(await plans.undecide(actor, id)));
