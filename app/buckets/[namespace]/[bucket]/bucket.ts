import { redirect } from "next/navigation";
import { cache } from "react";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import { type BucketId, formatBucketId } from "#lib/core/bucket/id.ts";
import { pageActor, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export interface BucketParams {
  namespace: string;
  bucket: string;
}

export interface PathParams extends BucketParams {
  path: string[];
}

/** Next hands a page its segments still percent-encoded. */
export function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function bucketIdOf({ namespace, bucket }: BucketParams): BucketId {
  return formatBucketId(decodePart(namespace), decodePart(bucket));
}

/** Layout, page and title of one request ask once. */
const details = cache(async (id: BucketId) => services().hub.getBucketDetails(await pageActor(), id));

/** The bucket for the frame around a page; null where the page itself will say why not. */
export async function bucketForFrame(id: BucketId) {
  return details(id).catch(() => null);
}

/** What the frame says of plans; null where they are not reviewed. */
export const reviewForFrame = cache(async (id: BucketId) => {
  const { hub, plans } = services();
  if (hub.kind === "upstream") return null;
  return plans.glance(await pageActor(), id).catch(() => null);
});

/** The bucket's figures, for its header, card and strip; null where there are none. Never the reason that a page fails. */
export const dedupForFrame = cache(async (id: BucketId) => {
  const { hub, dedup } = services();
  if (hub.kind === "upstream") return null;
  return dedup.summary(await pageActor(), id, "").catch(() => null);
});

/**
 * The bucket for a page; `rest` is the page's address below the bucket's. Leaves for the sign-in page, the not-found page,
 * or for the address the bucket moved to.
 */
export async function bucketForPage(id: BucketId, rest = "") {
  return pageRead(`/buckets/${id}${rest}`, async () => {
    const actor = await pageActor();
    try {
      return { actor, ...(await details(id)) };
    } catch (error) {
      const moved = await services()
        .hub.findMoved(actor, id)
        .catch(() => null);
      if (moved !== null) redirect(`/buckets/${moved}${rest}`);
      throw error;
    }
  });
}

/** The first bytes of a file as text; null when they are none (a NUL, or not UTF-8). */
export async function readText(id: BucketId, file: BucketFile, limit: number): Promise<string | null> {
  const pieces: Uint8Array[] = [];
  if (file.size > 0) {
    const range = { start: 0, end: Math.min(file.size, limit) };
    for await (const piece of await services().hub.readFile(await pageActor(), id, file, range)) pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  if (bytes.includes(0)) return null;
  try {
    // A cut may fall inside a character: `stream` leaves its first bytes out instead of failing.
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: file.size > limit });
  } catch {
    return null;
  }
}
