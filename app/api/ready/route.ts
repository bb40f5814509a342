import { json } from "#lib/server/http/response.ts";
import { plainRoute } from "#lib/server/http/route.ts";

/** Ready: database and blobs answer; 503 otherwise. */
export const GET = plainRoute(async ({ services }) => {
  await services.ready();
  return json({ status: "ready" });
});
