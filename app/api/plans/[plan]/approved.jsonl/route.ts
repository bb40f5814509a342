import { planRoute } from "#lib/server/http/plan.ts";
import { stream } from "#lib/server/http/response.ts";

/** For `hf buckets sync --apply`: what is approved, has not run and is not out of date, with a summary of its own. */
export const GET = planRoute(async ({ plans, actor, id }) =>
  stream(await plans.approvedFile(actor, id), {
    headers: {
      "Content-Type": "application/x-ndjson; charset=utf-8",
      "Content-Disposition": `attachment; filename="approved-${id}.jsonl"`,
      "Cache-Control": "no-store",
    },
  }),
);
