import { listRepositories } from "#lib/server/http/bucket.ts";
import { hubRoute } from "#lib/server/http/route.ts";

export const GET = hubRoute((context) => listRepositories(context, context.params.organization!));
