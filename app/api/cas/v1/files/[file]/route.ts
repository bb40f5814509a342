/** Content-Length is the size of a file. */
import { casRoute } from "#lib/server/http/route.ts";
import { hashParam } from "#lib/server/http/xet.ts";

export const HEAD = casRoute("read", async ({ cas, access, params }) => {
  const size = await cas.headFile(access, hashParam(params.file));
  return new Response(null, { headers: { "Content-Length": String(size) } });
});
