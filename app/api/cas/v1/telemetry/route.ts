/** Clients report how their transfers went (xet-protocol 6.7); nobody here listens. */
import { readBytes } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { casRoute } from "#lib/server/http/route.ts";

export const POST = casRoute("read", async ({ request }) => {
  await readBytes(request, 1024 * 1024);
  return json({});
});
