import { dedupPath } from "#lib/server/http/dedup.ts";
import { formatDedupText } from "#lib/server/http/dedup-text.ts";
import { choiceParam } from "#lib/server/http/request.ts";
import { json, text } from "#lib/server/http/response.ts";
import { bucketRoute } from "#lib/server/http/route.ts";

/** Folders that the text names. */
const FOLDERS = 10;

/** Ours: what deduplication saved, of the bucket or of `path`. As text for `curl`, and for who asks for it. */
export const GET = bucketRoute(async ({ services: { dedup }, actor, bucketId, search, request }) => {
  const path = dedupPath(search.get("path"));
  const summary = await dedup.summary(actor, bucketId, path);
  const headers = { Vary: "Accept, User-Agent" };
  const format = choiceParam(search, "format", ["json", "text"]) ?? (isCurl(request) ? "text" : "json");
  if (format === "json") return json(summary, { headers });
  const order = { path, sort: "freed", direction: "desc", limit: FOLDERS } as const;
  const items = summary.type === "file" ? [] : (await dedup.listEntries(actor, bucketId, order)).items;
  const folders = items.filter(({ type }) => type === "folder");
  return text(formatDedupText(summary, folders, Date.now()), { headers });
});

function isCurl({ headers }: Request): boolean {
  return (headers.get("accept") ?? "*/*") === "*/*" && (headers.get("user-agent") ?? "").startsWith("curl/");
}
