import Link from "next/link";
import { type DedupFigures, savingOf } from "#lib/core/bucket/dedup/figures.ts";
import { formatPart } from "#lib/core/bucket/dedup/percent.ts";
import type { BucketInfo } from "#lib/core/bucket/entry.ts";
import { formatHandle } from "#lib/core/bucket/id.ts";
import { formatCount } from "#lib/core/format.ts";
import { Badge } from "../ui/badge.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { CodeXml, Globe, Lock, ShieldCheck, Upload } from "../ui/icons.tsx";
import { UploadDoor } from "../upload/upload-door.tsx";
import { BucketTab } from "./bucket-tab.tsx";
import { UseBucketButtons } from "./use-bucket.tsx";

interface BucketHeaderProps {
  info: BucketInfo;
  rights: { write: boolean; admin: boolean };
  origin: string;
  /** Files can be uploaded from here; otherwise the lines for a terminal stand in. */
  upload: boolean;
  /** Plans of the bucket are reviewed here; null: they are not. */
  review: { protect: string[]; open: number } | null;
  /** Figures are kept of what is stored here. */
  dedup: boolean;
  /** null: not known now. */
  figures: DedupFigures | null;
}

export function BucketHeader({ info, rights, origin, upload, review, dedup, figures }: BucketHeaderProps) {
  const [namespace, name] = info.id.split("/");
  const handle = formatHandle(info.id);
  const page = `/buckets/${info.id}`;
  return (
    <section aria-label="Bucket" className="border-line border-b bg-panel">
      <div className="mx-auto max-w-[1600px] px-4 sm:px-6">
        <div className="flex min-h-13 flex-wrap items-center gap-x-2.5 gap-y-2 pt-2.5">
          <h1 className="min-w-0 text-name wrap-anywhere">
            <Link
              href={`/?q=${encodeURIComponent(`${namespace}/`)}`}
              prefetch={false}
              className="text-muted hover:text-ink"
            >
              {namespace}
            </Link>
            <span className="mx-1.5 text-faint">/</span>
            <Link href={page} prefetch={false} className="font-semibold">
              {name}
            </Link>
          </h1>
          <VisibilityBadge visibility={info.visibility} />
          {review !== null && review.protect.length > 0 && <ProtectedBadge protect={review.protect} />}
          <div className="flex h-7 min-w-0 items-center rounded-small border border-line bg-canvas pl-2 max-lg:hidden">
            <code className="truncate font-mono text-[12px] text-muted">{handle}</code>
            <CopyButton text={handle} what="Handle" />
          </div>
          <div className="ml-auto flex gap-2 max-sm:contents">
            <UseBucketButtons
              id={info.id}
              origin={origin}
              use={
                <>
                  <CodeXml />
                  Use this bucket
                </>
              }
              add={
                rights.write && !upload ? (
                  <>
                    <Upload />
                    Add files
                  </>
                ) : null
              }
            />
            {upload && (
              <UploadDoor id={info.id} origin={origin}>
                <Upload />
                Upload
              </UploadDoor>
            )}
          </div>
        </div>
        <nav
          aria-label="Parts of the bucket"
          className="-mb-px mt-1 flex gap-5 *:shrink-0 max-sm:-mx-4 max-sm:overflow-x-auto max-sm:px-4 max-sm:[scrollbar-width:none]"
        >
          <BucketTab href={page} also={[`${page}/tree`, `${page}/blob`]} count={formatCount(info.files)}>
            Files
          </BucketTab>
          {dedup && (
            <BucketTab
              href={`${page}/dedup`}
              count={figures === null || figures.logical === 0 ? undefined : savedPart(figures)}
            >
              Dedup
            </BucketTab>
          )}
          {review !== null && (
            <>
              <BucketTab
                href={`${page}/plans`}
                also={[`${page}/plans`]}
                count={review.open > 0 ? formatCount(review.open) : undefined}
              >
                Plans
              </BucketTab>
              <BucketTab href={`${page}/activity`}>Activity</BucketTab>
            </>
          )}
          {rights.admin && <BucketTab href={`${page}/settings`}>Settings</BucketTab>}
        </nav>
      </div>
    </section>
  );
}

/** "73%"; nothing saved is 0%. */
function savedPart(figures: DedupFigures): string {
  return formatPart(Math.max(0, savingOf(figures).total));
}

function ProtectedBadge({ protect }: { protect: string[] }) {
  const what = protect.includes("") ? "the whole bucket" : protect.map((prefix) => `${prefix}/`).join(", ");
  return (
    <Badge title={`Deletes and overwrites need an approved plan: ${what}`}>
      <ShieldCheck aria-hidden />
      {protect.includes("") ? "Protected" : "Partly protected"}
    </Badge>
  );
}

export function VisibilityBadge({ visibility }: { visibility: BucketInfo["visibility"] }) {
  return (
    <Badge>
      {visibility === "private" ? <Lock aria-hidden /> : <Globe aria-hidden />}
      {visibility === "private" ? "Private" : "Public"}
    </Badge>
  );
}
