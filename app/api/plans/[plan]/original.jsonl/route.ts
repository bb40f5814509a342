import { planRoute } from "#lib/server/http/plan.ts";
import { stream } from "#lib/server/http/response.ts";

/** The bytes as they were submitted. */
export const GET = planRoute(async ({ plans, actor, id }) => {
  const { originalBytes } = await plans.get(actor, id);
  return stream(await plans.original(actor, id), {
    headers: {
      "Content-Type": "application/x-ndjson; charset=utf-8",
      "Content-Disposition": `attachment; filename="plan-${id}.jsonl"`,
      "Content-Length": String(originalBytes),
      "Cache-Control": "private, no-cache",
    },
  });
});
