import { z } from "zod";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

const changes = z.object({ fullName: z.string().max(100).optional(), email: z.email().max(254).nullish() });

export const GET = hubRoute(async ({ services, actor }) => json(await services.accounts.getProfile(actor)));

export const PUT = hubRoute(async ({ request, services, actor }) =>
  json(await services.accounts.updateProfile(actor, await readJson(request, changes))),
);
