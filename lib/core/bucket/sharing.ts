/** Which other files hold bytes of a file: the answer of `GET /api/buckets/NS/NAME/sharing/PATH`. Same shape on the wire. */
import type { BucketId } from "./id.ts";

export interface SharingFile {
  bucket: BucketId;
  path: string;
  /** Logical bytes of that file. */
  size: number;
  /** Bytes of the file asked about that this one holds too, at any place; each counted as often as the file asked about has it. */
  shared: number;
  /** The very same content. */
  identical: boolean;
}

export interface Sharing {
  path: string;
  size: number;
  xetHash: string;
  /** Identical ones first, then those that share most. */
  files: SharingFile[];
  /** There are more than were asked for. */
  more: boolean;
  /** There was so much to compare that some was left out: others may share bytes too, and figures may be too low. */
  capped: boolean;
}
