/** What several bucket routes share: body fields, tokens, repository lists. */
import { z } from "zod";
import { type BucketInfo, formatTime, type Visibility } from "#lib/core/bucket/entry.ts";
import { HubError } from "#lib/core/errors.ts";
import type { XetToken } from "../hub/hub.ts";
import { intParam } from "./request.ts";
import { json, paged } from "./response.ts";
import { type HubContext, hubRoute } from "./route.ts";

/** Older Python says `private`, JS and newer Python `visibility`. */
export const visibilitySchema = {
  private: z.boolean().nullish(),
  visibility: z.enum(["public", "private"]).nullish(),
};

export function visibilityOf(body: {
  private?: boolean | null;
  visibility?: Visibility | null;
}): Visibility | undefined {
  if (body.visibility != null) return body.visibility;
  return body.private == null ? undefined : body.private ? "private" : "public";
}

export const cdnRegionsSchema = z
  .array(z.object({ provider: z.enum(["aws", "gcp"]), region: z.enum(["us", "eu"]) }))
  .max(16)
  .transform((regions) => [...new Map(regions.map((one) => [`${one.provider} ${one.region}`, one])).values()]);

/** Some clients read the body, older ones the headers (reference 1, rule 13). */
export function xetToken({ accessToken, casUrl, exp }: XetToken): Response {
  const headers = { "X-Xet-Access-Token": accessToken, "X-Xet-Cas-Url": casUrl, "X-Xet-Token-Expiration": String(exp) };
  return json({ accessToken, casUrl, exp }, { headers });
}

/** Reference 3.7. Members only; `namespace` may be `me`. */
export async function listRepositories(context: HubContext, namespace: string): Promise<Response> {
  const { hub, actor, search, url, origin } = context;
  // Throws Unauthorized for nobody.
  await hub.whoami(actor);
  const limit = intParam(search, "limit", 100, 1, 1000);
  const cursor = search.get("cursor") ?? undefined;
  const page = await hub.listBuckets(actor, { namespace, limit, cursor, search: search.get("search") ?? undefined });
  return paged(page, formatRepository, { url, origin });
}

function formatRepository({ id, visibility, updatedAt, size }: BucketInfo) {
  return { id, type: "bucket", visibility, updatedAt: formatTime(updatedAt), storage: size };
}

/** Models, datasets and spaces: clients ask for them when a path names no bucket, and must hear that there is none. */
export const noRepository = hubRoute(({ url }) => {
  throw new HubError("RepoNotFound", `This server keeps buckets only; there is no repository at ${url.pathname}.`);
});
