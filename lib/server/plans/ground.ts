/** What stands at an operation's target: when it was recorded, and in the bucket now. */
import type { Ground } from "#lib/core/plan/plan.ts";
import { hashToHex } from "#lib/core/xet/hash.ts";
import type { ListedRow } from "../db/files.ts";
import type { StoredOperation } from "../db/schema.ts";

/** As the operation's row has it; null: nothing was there. */
export function groundOf(row: StoredOperation): Ground | null {
  if (row.ground_hash === null) return null;
  return {
    xetHash: hashToHex(row.ground_hash),
    size: row.ground_size ?? 0,
    mtime: row.ground_mtime,
    uploadedAt: row.ground_uploaded_at,
  };
}

/** As the bucket has it; null: nothing is there. */
export function groundOfFile(file: ListedRow | undefined): Ground | null {
  if (file === undefined) return null;
  return { xetHash: hashToHex(file.xet_hash!), size: file.size, mtime: file.mtime, uploadedAt: file.uploaded_at };
}
