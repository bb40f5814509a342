import { json } from "#lib/server/http/response.ts";
import { plainRoute } from "#lib/server/http/route.ts";

/** Alive: the process answers. */
export const GET = plainRoute(() => json({ status: "ok" }));
