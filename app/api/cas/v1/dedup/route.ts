import { z } from "zod";
import { readJson } from "#lib/server/http/request.ts";
import { casRoute } from "#lib/server/http/route.ts";
import { shardResponse } from "#lib/server/http/xet.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const question = z.object({
  chunks: z.array(hash).max(1024).default([]),
  files: z.array(hash).max(1024).default([]),
  recent: z.boolean().default(false),
});

/** Our own: many dedup questions in one request, answered like `/v1/chunks` by one shard of hidden hashes. */
export const POST = casRoute("read", async ({ request, cas, access }) =>
  shardResponse(await cas.queryDedup(access, await readJson(request, question))),
);
