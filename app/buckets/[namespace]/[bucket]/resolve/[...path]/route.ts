import { describeFile, sendFile } from "#lib/server/http/download.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

export const HEAD = bucketRoute(describeFile);
export const GET = bucketRoute(sendFile);
