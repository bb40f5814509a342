import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatDateTime } from "#lib/core/format.ts";
import { useNow } from "../ui/time.tsx";

/** Of a saved chart: "kestrel-32b-sft-sharing". */
export function fileNameOf(id: BucketId, what: string): string {
  return `${id.slice(id.indexOf("/") + 1)}-${what}`;
}

/** What a saved picture says of its figures. */
export function useNote(id: BucketId, asOf: number): string {
  const { zone } = useNow();
  return `${id}, exact as of ${formatDateTime(asOf, zone)}`;
}
