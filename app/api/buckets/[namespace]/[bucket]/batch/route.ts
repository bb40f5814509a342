import { type BucketOperation, type FailedOperation, parseOperation } from "#lib/core/bucket/operation.ts";
import { readLines } from "#lib/server/http/request.ts";
import { json } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** A path has at most 1024 bytes; escaped and with its fields a line stays far below this. */
const LIMITS = { bodyLimit: 64 * 1024 * 1024, lineLimit: 64 * 1024 };

export const POST = bucketRoute(async ({ hub, actor, bucketId, request, origin }) =>
  json(await hub.applyBatch(actor, bucketId, operations(request), origin)),
);

async function* operations(request: Request): AsyncGenerator<BucketOperation | FailedOperation> {
  for await (const { line, number } of readLines(request, LIMITS)) yield parseOperation(line, number);
}
