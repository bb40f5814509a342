import type { BucketId } from "#lib/core/bucket/id.ts";
import { plural } from "#lib/core/format.ts";
import { announce } from "../ui/toast.tsx";
import { downloadUrl } from "./links.ts";

/** Browsers ask before they save many files at once, and drop what comes too fast. */
export const DOWNLOADS_MAX = 20;
const GAP_MS = 400;

/** Saves files one after another, the first `DOWNLOADS_MAX`. */
export async function downloadFiles(id: BucketId, paths: string[]): Promise<void> {
  const some = paths.slice(0, DOWNLOADS_MAX);
  announce(`Downloading ${plural(some.length, "file")}`);
  for (const path of some) {
    const link = document.createElement("a");
    link.href = downloadUrl(id, path);
    link.download = "";
    link.click();
    await new Promise((resolve) => setTimeout(resolve, GAP_MS));
  }
}
