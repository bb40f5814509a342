import { encodePath } from "#lib/core/bucket/path.ts";
import { items, pageParams } from "#lib/server/http/plan.ts";
import { choiceParam, requestBody } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

/** Far above what five million operations need; what comes is never held. */
const BODY_LIMIT = 8 * 1024 ** 3;

/** `?box=waiting|mine|all&bucket=namespace/name`, newest first. */
export const GET = hubRoute(async ({ services, actor, search }) => {
  const box = choiceParam(search, "box", ["waiting", "mine", "all"]) ?? "all";
  const bucket = search.get("bucket") || undefined;
  return items(await services.plans.list(actor, { box, bucket, ...pageParams(search) }));
});

/** Submits a plan: the body is the file as the client wrote it, whatever its content type says. */
export const POST = hubRoute(async ({ services, actor, request, search, origin }) => {
  const title = search.get("title") || undefined;
  const plan = await services.plans.submit(actor, { body: requestBody(request, BODY_LIMIT), title });
  const url = `${origin}/buckets/${encodePath(plan.bucket)}/plans/${plan.id}`;
  if (request.headers.get("accept")?.startsWith("text/plain")) {
    const text = [url, ...plan.findings.map(({ severity, title }) => `${severity}: ${title}`), ""].join("\n");
    return new Response(text, {
      status: 201,
      headers: { "Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", Location: url },
    });
  }
  return json({ url, ...plan }, { status: 201, headers: { Location: url } });
});
