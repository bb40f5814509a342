"use client";

import { CodeXml, Server, Upload } from "lucide-react";
import { useParams, usePathname } from "next/navigation";
import { useState } from "react";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { Button } from "../ui/button.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { SnippetTabs } from "./snippet-tabs.tsx";
import { connectLines, readSnippets, writeSnippets } from "./snippets.ts";

/** The header's two verbs. Both open exact lines for the folder one looks at. */
export function UseBucketButtons({ id, origin, write }: { id: BucketId; origin: string; write: boolean }) {
  const [open, setOpen] = useState<"read" | "write" | null>(null);
  const path = useFolder();
  const name = path === "" ? id : `${id}/${path}`;
  const close = () => setOpen(null);
  return (
    <>
      <Button onClick={() => setOpen("read")}>
        <CodeXml />
        Use this bucket
      </Button>
      {write && (
        <Button variant="primary" onClick={() => setOpen("write")}>
          <Upload />
          Add files
        </Button>
      )}
      {open === "read" && (
        <Dialog title={`Use ${name}`} onClose={close} width={580}>
          <SnippetTabs
            label="Client"
            set={readSnippets(id, path, origin)}
            first={{ title: "Point the client here", text: connectLines(origin) }}
          />
        </Dialog>
      )}
      {open === "write" && (
        <Dialog title={`Add files to ${name}`} onClose={close} width={580}>
          <p className="mb-3 text-muted">
            The client cuts files into chunks and asks this server first: bytes that it holds already are not sent
            again.
          </p>
          <SnippetTabs
            label="Client"
            set={writeSnippets(id, path, origin)}
            first={{ title: "Point the client here", text: connectLines(origin) }}
          />
        </Dialog>
      )}
    </>
  );
}

/** The folder of the page, from its address; "" on all other pages of the bucket. */
function useFolder(): string {
  const { path } = useParams<{ path?: string[] }>();
  const pathname = usePathname();
  return pathname.includes("/tree/") ? (path ?? []).map(decode).join("/") : "";
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** The address that clients need, for a card's foot. */
export function EndpointLine({ origin }: { origin: string }) {
  const text = `HF_ENDPOINT=${origin}`;
  return (
    <div className="flex items-center gap-1.5 text-muted">
      <Server aria-hidden className="size-3.5 shrink-0" />
      <code className="truncate font-mono text-[11.5px]">{text}</code>
      <CopyButton text={`export ${text}`} what="Endpoint" className="-my-1 ml-auto" />
    </div>
  );
}
