import { z } from "zod";
import { readJson } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { hubRoute } from "#lib/server/http/route.ts";

const newToken = z.object({
  label: z.string().max(100).optional(),
  role: z.enum(["read", "propose", "write", "admin"]).optional(),
  scope: z.string().max(200).nullish(),
  expiresAt: z.number().int().positive().nullish(),
});

/** The caller's tokens, without their text. Times in ms since the epoch. */
export const GET = hubRoute(async ({ services, actor }) => json(await services.accounts.listTokens(actor)));

/** Makes a token; `token` of the answer is its text, shown this once. */
export const POST = hubRoute(async ({ request, services, actor }) =>
  json(await services.accounts.createToken(actor, await readJson(request, newToken)), { status: 201 }),
);
