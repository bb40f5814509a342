import { Eye } from "lucide-react";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName } from "#lib/core/bucket/path.ts";
import { formatCount, formatSize } from "#lib/core/format.ts";
import { contentUrl } from "../tree/links.ts";
import { MarkdownText } from "../tree/readme.tsx";
import { Card, CardHead } from "../ui/card.tsx";

/** What the server could make of the first bytes. */
export type Preview =
  | { kind: "image" }
  | { kind: "markdown"; text: string }
  | { kind: "text"; text: string }
  | { kind: "bytes"; bytes: number[] }
  | { kind: "empty" };

interface FilePreviewProps {
  id: BucketId;
  file: BucketFile;
  preview: Preview;
  /** How many bytes were looked at. */
  limit: number;
}

export function FilePreview({ id, file, preview, limit }: FilePreviewProps) {
  const cut = preview.kind !== "image" && file.size > limit;
  const seen = preview.kind === "bytes" ? preview.bytes.length : limit;
  const note =
    preview.kind === "bytes"
      ? `the first ${formatCount(seen)} bytes of ${formatSize(file.size)}`
      : cut
        ? `the first ${formatSize(limit)} of ${formatSize(file.size)}`
        : null;
  return (
    <Card aria-label="Content" className="overflow-clip max-sm:rounded-none max-sm:border-x-0">
      <CardHead title="Content" icon={<Eye aria-hidden strokeWidth={1.75} />}>
        {note && <span className="text-muted text-secondary">{note}</span>}
      </CardHead>
      <Body id={id} file={file} preview={preview} />
    </Card>
  );
}

function Body({ id, file, preview }: Omit<FilePreviewProps, "limit">) {
  switch (preview.kind) {
    case "image":
      return (
        <div className="flex justify-center bg-sunken p-4">
          {/* biome-ignore lint/performance/noImgElement: bytes of a bucket, served as they are */}
          <img src={contentUrl(id, file.path)} alt={baseName(file.path)} className="max-h-[70dvh] max-w-full" />
        </div>
      );
    case "markdown":
      return <MarkdownText id={id} path={file.path} text={preview.text} />;
    case "text":
      return <Lines text={preview.text} />;
    case "bytes":
      return <Bytes bytes={preview.bytes} />;
    case "empty":
      return <p className="px-4 py-10 text-center text-muted">The file has no bytes.</p>;
  }
}

/** Text with its line numbers, which a copy leaves out. */
function Lines({ text }: { text: string }) {
  const lines = text.replace(/\n$/, "").split("\n");
  return (
    <section
      aria-label="Text"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="flex overflow-x-auto py-2.5 font-mono text-[12px] leading-[18px]"
    >
      <pre aria-hidden className="sticky left-0 select-none border-line border-r bg-panel px-3 text-right text-faint">
        {lines.map((_, at) => at + 1).join("\n")}
      </pre>
      <pre className="px-3.5">{lines.join("\n")}</pre>
    </section>
  );
}

/** Sixteen bytes a line: offset, hex, and the letters among them. */
function Bytes({ bytes }: { bytes: number[] }) {
  const rows: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const row = bytes.slice(at, at + 16);
    const hex = row.map((byte) => byte.toString(16).padStart(2, "0"));
    const text = row.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : "·")).join("");
    const halves = `${hex.slice(0, 8).join(" ").padEnd(23)}  ${hex.slice(8).join(" ").padEnd(23)}`;
    rows.push(`${at.toString(16).padStart(6, "0")}  ${halves}  ${text}`);
  }
  return (
    <section
      aria-label="First bytes"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
      tabIndex={0}
      className="overflow-x-auto px-4 py-3 font-mono text-[12px] text-muted leading-[18px]"
    >
      <pre>{rows.join("\n")}</pre>
    </section>
  );
}
