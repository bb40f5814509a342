import type { DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { formatExactSize, groupedHash } from "#lib/core/format.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Card } from "../ui/card.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { FullTime } from "../ui/full-time.tsx";
import { Bytes } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";

interface FileFactsProps {
  id: BucketId;
  file: BucketFile;
  /** null where there are none: an upstream, or they could not be read. */
  figures: DedupFigures | null;
  /** Account that put it there, where known. */
  by: string | null;
}

export function FileFacts({ id, file, figures, by }: FileFactsProps) {
  const handle = formatHandle(id, file.path);
  return (
    <Card aria-labelledby="about" className="p-3.5">
      <h2 id="about" className="mb-3 font-semibold">
        About this file
      </h2>
      <Facts>
        <Fact name="Logical">
          <Bytes bytes={file.size} />
        </Fact>
        {file.size >= 1000 && <Fact name="Exactly">{formatExactSize(file.size)}</Fact>}
        {figures && (
          <>
            <Fact name="Stored, its share">
              <Bytes bytes={figures.stored} />
            </Fact>
            <Fact name="Exclusive">
              <span className={figures.exclusive > 0 ? "text-new-ink" : ""}>
                <Bytes bytes={figures.exclusive} />
              </span>
            </Fact>
            <Fact name="Freed if deleted">
              <Bytes bytes={figures.freed} />
            </Fact>
          </>
        )}
        <Fact name="Uploaded">
          <Time value={file.uploadedAt} />
        </Fact>
        <Fact name="Modified">
          <FullTime value={file.mtime} />
        </Fact>
        {by && (
          <Fact name="By">
            <span className="inline-flex items-center gap-1.5">
              <Avatar name={by} size="small" />
              {by}
            </span>
          </Fact>
        )}
        <Fact name="Content type">
          {file.contentType ? (
            <code className="font-mono text-[12px]">{file.contentType}</code>
          ) : (
            <span className="text-faint">–</span>
          )}
        </Fact>
      </Facts>
      <div className="my-3 border-line border-t" />
      <h3 className="flex items-center justify-between text-muted text-secondary">
        Xet hash
        <CopyButton text={file.xetHash} what="Xet hash" className="-my-1" />
      </h3>
      <code className="block font-mono text-[12px] leading-5 wrap-anywhere">{groupedHash(file.xetHash)}</code>
      <h3 className="mt-2.5 flex items-center justify-between text-muted text-secondary">
        Handle
        <CopyButton text={handle} what="Handle" className="-my-1" />
      </h3>
      <code className="block font-mono text-[12px] leading-5 wrap-anywhere">{handle}</code>
    </Card>
  );
}
