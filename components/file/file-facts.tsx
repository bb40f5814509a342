import type { BucketFile } from "#lib/core/bucket/entry.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { formatExactSize, groupedHash } from "#lib/core/format.ts";
import { Card } from "../ui/card.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { FullTime } from "../ui/full-time.tsx";
import { Bytes } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";

export function FileFacts({ id, file }: { id: BucketId; file: BucketFile }) {
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
        <Fact name="Uploaded">
          <Time value={file.uploadedAt} />
        </Fact>
        <Fact name="Modified">
          <FullTime value={file.mtime} />
        </Fact>
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
