/** What the API says of stored bytes, for journeys that hold the pages against it. */
import type {
  AsOf,
  DedupFigures,
  DedupSummary,
  FileMap,
  FileRangeSharing,
  SelectionFigures,
  StoreFigures,
} from "#lib/core/bucket/dedup/figures.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { expect, type Journey } from "./fixtures.ts";

/** Asks until the figures are those of now. */
async function settled<T extends AsOf>(journey: Journey, path: string, json?: unknown): Promise<T> {
  let found: T | undefined;
  await expect
    .poll(async () => {
      const answer = await fetch(`${journey.url}${path}`, {
        method: json === undefined ? "GET" : "POST",
        headers: { authorization: `Bearer ${journey.people.owner.token}`, "content-type": "application/json" },
        body: json === undefined ? undefined : JSON.stringify(json),
      });
      if (answer.status === 503) return "not yet";
      found = (await answer.json()) as T;
      return answer.ok ? found.pending : JSON.stringify(found);
    })
    .toBe(false);
  return found!;
}

export function figuresOf(journey: Journey, bucket: string, path = ""): Promise<DedupFigures> {
  const query = path === "" ? "" : `?${new URLSearchParams({ path })}`;
  return settled<DedupSummary>(journey, `/api/buckets/${bucket}/dedup${query}`).then(({ figures }) => figures);
}

export function selectionOf(journey: Journey, bucket: string, paths: { files?: string[]; folders?: string[] }) {
  const body = { files: [], folders: [], ...paths };
  return settled<SelectionFigures>(journey, `/api/buckets/${bucket}/dedup/selection`, body).then((one) => one.figures);
}

export function mapOf(journey: Journey, bucket: string, path: string, cells: number): Promise<FileMap> {
  return settled(journey, `/api/buckets/${bucket}/dedup/map/${encodePath(path)}?cells=${cells}`);
}

export function rangeOf(journey: Journey, bucket: string, path: string, start: number, end: number) {
  return settled<FileRangeSharing>(
    journey,
    `/api/buckets/${bucket}/dedup/range/${encodePath(path)}?start=${start}&end=${end}`,
  );
}

export function storeOf(journey: Journey): Promise<StoreFigures> {
  return settled(journey, "/api/dedup");
}

/** "1.23 MB" as a page may write it: the space may be one that does not break. */
export function written(size: string): RegExp {
  return new RegExp(size.replace(/[.+]/g, "\\$&").replace(/ /g, "\\s*"));
}
