"use client";

import { Copy, Download, FolderOpen, Hash, Link2, Pencil, Trash2 } from "lucide-react";
import type { BucketEntry } from "#lib/core/bucket/entry.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { Kbd } from "../ui/kbd.tsx";
import { MenuItem, MenuLine, MenuLink } from "../ui/menu.tsx";
import { copy } from "../ui/toast.tsx";
import { downloadUrl, entryPage } from "./links.ts";
import type { RowActions } from "./tree-row.tsx";

interface RowMenuProps {
  id: BucketId;
  entry: BucketEntry;
  write: boolean;
  actions: RowActions;
}

export function RowMenu({ id, entry, write, actions }: RowMenuProps) {
  const page = entryPage(id, entry);
  return (
    <>
      <MenuLink href={page} icon={<FolderOpen />}>
        Open
      </MenuLink>
      {entry.type === "file" && (
        <MenuLink href={downloadUrl(id, entry.path)} download icon={<Download />} hint={<Kbd>d</Kbd>}>
          Download
        </MenuLink>
      )}
      <MenuItem onSelect={() => copy(formatHandle(id, entry.path), "Handle")} icon={<Copy />} hint={<Kbd>y</Kbd>}>
        Copy handle
      </MenuItem>
      <MenuItem onSelect={() => copy(window.location.origin + page, "Link")} icon={<Link2 />}>
        Copy link
      </MenuItem>
      {entry.type === "file" && (
        <MenuItem onSelect={() => copy(entry.xetHash, "Xet hash")} icon={<Hash />}>
          Copy Xet hash
        </MenuItem>
      )}
      {write && (
        <>
          <MenuLine />
          {entry.type === "file" && (
            <MenuItem onSelect={() => actions.onRename(entry)} icon={<Pencil />}>
              Rename
            </MenuItem>
          )}
          <MenuItem onSelect={() => actions.onDelete(entry)} icon={<Trash2 />} danger>
            Delete
          </MenuItem>
        </>
      )}
    </>
  );
}
