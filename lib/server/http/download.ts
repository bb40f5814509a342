/** The bytes of a file over HTTP: HEAD, GET, Range, conditions, and the file-info form (reference/hub-bucket-api 6). */
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { parseRanges, resolveRange } from "./request.ts";
import { json, stream } from "./response.ts";
import type { BucketContext } from "./route.ts";

const FILE_INFO = "application/vnd.xet-fileinfo+json";
/** A stored page must not run as this server's own: no scripts, an origin of its own, nothing loaded from elsewhere. */
const SANDBOX = "sandbox; default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'";

interface Described {
  file: BucketFile;
  etag: string;
  headers: Headers;
  links: { refresh: string; reconstruction: string };
}

async function describe({ hub, actor, bucketId, path, search, origin }: BucketContext): Promise<Described> {
  const file = await hub.getFile(actor, bucketId, path);
  const etag = `"${file.xetHash}"`;
  const links = {
    refresh: `${origin}/api/buckets/${bucketId}/xet-read-token`,
    reconstruction: `${await hub.getCasUrl(actor, bucketId, origin)}/v1/reconstructions/${file.xetHash}`,
  };
  const headers = new Headers({
    "Content-Type": contentType(file),
    "Accept-Ranges": "bytes",
    ETag: etag,
    "X-Linked-ETag": etag,
    "X-Linked-Size": String(file.size),
    "X-Xet-Hash": file.xetHash,
    "X-Xet-Refresh-Route": links.refresh,
    Link: `<${links.refresh}>; rel="xet-auth", <${links.reconstruction}>; rel="xet-reconstruction-info"`,
    // The path may hold something else in a moment: kept, but asked about every time. The ETag makes that cheap.
    "Cache-Control": "private, no-cache",
    Vary: "Accept, Authorization, Cookie",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": SANDBOX,
  });
  if (file.uploadedAt !== null) headers.set("Last-Modified", new Date(file.uploadedAt).toUTCString());
  if (!search.has("noContentDisposition") || search.get("download") === "true") {
    headers.set("Content-Disposition", disposition(baseName(file.path)));
  }
  return { file, etag, headers, links };
}

function contentType({ contentType }: BucketFile): string {
  if (contentType === null) return "application/octet-stream";
  return /^text\/[^;]*$/i.test(contentType) ? `${contentType}; charset=utf-8` : contentType;
}

/** RFC 6266: an ASCII stand-in for old clients, the true name in UTF-8. */
function disposition(name: string): string {
  const plain = name.replace(/[^\x20-\x7e]|["\\%]/g, "_");
  const full = encodeURIComponent(name).replace(
    /['()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${plain}"; filename*=UTF-8''${full}`;
}

export async function describeFile(context: BucketContext): Promise<Response> {
  const { file, etag, headers } = await describe(context);
  if (isUnchanged(context.request, etag)) return new Response(null, { status: 304, headers });
  headers.set("Content-Length", String(file.size));
  return new Response(null, { headers });
}

export async function sendFile(context: BucketContext): Promise<Response> {
  const { request, hub, actor, bucketId } = context;
  const { file, etag, headers, links } = await describe(context);
  if (request.headers.get("accept")?.includes(FILE_INFO)) return fileInfo(file, etag, headers, links);
  if (isUnchanged(request, etag)) return new Response(null, { status: 304, headers });
  const range = rangeOf(request, file, etag, headers);
  const { start, end } = range ?? { start: 0, end: file.size };
  if (range !== null) headers.set("Content-Range", `bytes ${start}-${end - 1}/${file.size}`);
  headers.set("Content-Length", String(end - start));
  const body = await hub.readFile(actor, bucketId, file, { start, end });
  return stream(body, { status: range === null ? 200 : 206, headers });
}

/** What `@huggingface/hub` asks for with `Range: bytes=0-0`; it has no 416, so that empty files have one too. */
function fileInfo(file: BucketFile, etag: string, headers: Headers, links: Described["links"]): Response {
  headers.delete("Content-Disposition");
  const answer = json(
    {
      hash: file.xetHash,
      refreshUrl: links.refresh,
      reconstructionUrl: links.reconstruction,
      etag,
      size: file.size,
      contentType: file.contentType,
    },
    { headers },
  );
  answer.headers.set("Content-Type", FILE_INFO);
  return answer;
}

function isUnchanged(request: Request, etag: string): boolean {
  const header = request.headers.get("if-none-match");
  if (header === null) return false;
  return header.split(",").some((part) => part.trim() === "*" || part.trim().replace(/^W\//, "") === etag);
}

/** null: send all of it. Several ranges at once are answered so too, as RFC 9110 14.2 allows. */
function rangeOf(request: Request, file: BucketFile, etag: string, headers: Headers) {
  const condition = request.headers.get("if-range");
  if (condition !== null && condition !== etag && condition !== headers.get("last-modified")) return null;
  const ranges = parseRanges(request.headers.get("range"));
  if (ranges?.length !== 1) return null;
  const [spec] = ranges;
  // Of an empty file no byte can be asked for; its first is what clients try.
  if (file.size === 0 && (spec!.start ?? 0) === 0) return null;
  return resolveRange(spec!, file.size);
}
