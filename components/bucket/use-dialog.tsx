"use client";

import type { BucketId } from "#lib/core/bucket/id.ts";
import { Dialog } from "../ui/dialog.tsx";
import { SnippetTabs } from "./snippet-tabs.tsx";
import { connectLines, readSnippets, writeSnippets } from "./snippets.ts";

interface UseDialogProps {
  id: BucketId;
  /** The folder; "" is the root. */
  path: string;
  origin: string;
  /** To put files in, not to fetch them. */
  write: boolean;
  onClose: () => void;
}

export function UseDialog({ id, path, origin, write, onClose }: UseDialogProps) {
  const name = path === "" ? id : `${id}/${path}`;
  return (
    <Dialog title={write ? `Add files to ${name}` : `Use ${name}`} onClose={onClose} width={580}>
      {write && (
        <p className="mb-3 text-muted">
          The client cuts files into chunks and asks this server first: bytes that it holds already are not sent again.
        </p>
      )}
      <SnippetTabs
        label="Client"
        set={write ? writeSnippets(id, path, origin) : readSnippets(id, path, origin)}
        first={{ title: "Point the client here", text: connectLines(origin) }}
      />
    </Dialog>
  );
}
