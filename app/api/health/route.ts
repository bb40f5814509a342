import { json } from "#lib/server/http/response.ts";
import { plainRoute } from "#lib/server/http/route.ts";

/** Alive: the process answers. Its name tells a Cooperage that has it as HUB_URL what it may ask for (hub/upstream.ts). */
export const GET = plainRoute(() => json({ status: "ok", name: "cooperage" }));
