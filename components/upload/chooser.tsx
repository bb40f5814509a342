"use client";

import { FileUp, FolderUp } from "lucide-react";
import { useState } from "react";
import type { Dropped } from "#lib/browser/upload/drop.ts";
import { SnippetTabs } from "../bucket/snippet-tabs.tsx";
import { connectLines, writeSnippets } from "../bucket/snippets.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import type { UploadPlace } from "./door.ts";
import { canPickFolders, pickFiles } from "./pick.ts";

interface ChooserProps {
  place: UploadPlace;
  onFiles: (files: Dropped) => void;
  onClose: () => void;
}

/** A folder or files, by the browser's chooser; or the lines that do it at a terminal. */
export function Chooser({ place, onFiles, onClose }: ChooserProps) {
  const { bucket, prefix, origin } = place;
  const [terminal, setTerminal] = useState(false);
  const folders = canPickFolders();
  const pick = (what: "folder" | "files") => pickFiles(what).then(onFiles);
  return (
    <Dialog
      title={`Upload to ${prefix === "" ? bucket : prefix}/`}
      onClose={onClose}
      width={520}
      actions={
        <>
          <Button variant={folders ? "outline" : "primary"} onClick={() => pick("files")}>
            <FileUp />
            Choose files
          </Button>
          {folders && (
            <Button variant="primary" onClick={() => pick("folder")}>
              <FolderUp />
              Choose folder
            </Button>
          )}
        </>
      }
    >
      <p className="text-muted">
        Files are chunked and hashed in this browser first. Bytes that this server already stores are found and never
        sent.
      </p>
      <p className="mt-2 text-muted max-sm:hidden">
        You can also drop files and folders anywhere on a page of this bucket, or paste them.
      </p>
      <Button size="small" className="mt-3" aria-expanded={terminal} onClick={() => setTerminal(!terminal)}>
        From a terminal
      </Button>
      {terminal && (
        <div className="mt-3">
          <SnippetTabs
            label="Client"
            set={writeSnippets(bucket, prefix, origin)}
            first={{ title: "Point the client here", text: connectLines(origin) }}
          />
        </div>
      )}
    </Dialog>
  );
}
