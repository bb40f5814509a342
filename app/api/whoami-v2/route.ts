import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

export const GET = hubRoute(async ({ hub, actor }) => json(await hub.whoami(actor)));
