"use client";

import { ChevronDown, ChevronUp, Copy, Download, Ellipsis, Link2, Pencil, Trash2 } from "lucide-react";
import { useRouter } from "next/navigation";
import { type ReactNode, useMemo, useState } from "react";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { baseName, parentOf } from "#lib/core/bucket/path.ts";
import { formatSize } from "#lib/core/format.ts";
import { useKeys } from "../shell/keys.tsx";
import { DeleteDialog } from "../tree/delete-dialog.tsx";
import { downloadUrl, filePage, folderPage } from "../tree/links.ts";
import { RenameDialog } from "../tree/rename-dialog.tsx";
import { ButtonAnchor, ButtonLink } from "../ui/button.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import { copy } from "../ui/toast.tsx";

export interface Neighbours {
  /** Paths of the files before and after, by name. */
  previous: string | null;
  next: string | null;
  /** 1-based place among the files of the folder. */
  place: number;
  of: number;
}

interface FileActionsProps {
  id: BucketId;
  file: BucketFile;
  write: boolean;
  /** The Hub is this server's own, which knows what deleting frees. */
  figures: boolean;
  /** null where the folder is too long to know. */
  neighbours: Neighbours | null;
}

export function FileActions({ id, file, write, figures, neighbours }: FileActionsProps) {
  const router = useRouter();
  const entries = useMemo(() => [file], [file]);
  const [open, setOpen] = useState<"rename" | "delete" | null>(null);
  const go = (path: string | null | undefined) => path && router.push(filePage(id, path));
  useKeys({
    j: () => go(neighbours?.next),
    k: () => go(neighbours?.previous),
    backspace: () => router.push(folderPage(id, parentOf(file.path))),
    y: () => copy(formatHandle(id, file.path), "Handle"),
    d: () => window.location.assign(downloadUrl(id, file.path)),
  });
  return (
    <div className="flex flex-wrap items-center gap-2">
      {neighbours && neighbours.of > 1 && (
        <nav aria-label="Files of this folder" className="flex items-center gap-1">
          <span className="mr-1 text-muted text-secondary">{`${neighbours.place} of ${neighbours.of}`}</span>
          <Step
            href={neighbours.previous && filePage(id, neighbours.previous)}
            label="Previous file"
            icon={<ChevronUp />}
          />
          <Step href={neighbours.next && filePage(id, neighbours.next)} label="Next file" icon={<ChevronDown />} />
        </nav>
      )}
      <ButtonAnchor href={downloadUrl(id, file.path)} download>
        <Download />
        {`Download ${formatSize(file.size)}`}
      </ButtonAnchor>
      <Menu label={`Actions for ${baseName(file.path)}`} trigger={<Ellipsis />} look={{ size: "icon" }}>
        <MenuItem onSelect={() => copy(window.location.origin + filePage(id, file.path), "Link")} icon={<Link2 />}>
          Copy link
        </MenuItem>
        <MenuItem onSelect={() => copy(formatHandle(id, file.path), "Handle")} icon={<Copy />} hint={<Kbd>y</Kbd>}>
          Copy handle
        </MenuItem>
        {write && (
          <>
            <MenuLine />
            <MenuItem onSelect={() => setOpen("rename")} icon={<Pencil />}>
              Rename
            </MenuItem>
            <MenuItem onSelect={() => setOpen("delete")} icon={<Trash2 />} danger>
              Delete
            </MenuItem>
          </>
        )}
      </Menu>
      {open === "rename" && (
        <RenameDialog
          id={id}
          file={file}
          onClose={() => setOpen(null)}
          onDone={(path) => router.replace(filePage(id, path))}
        />
      )}
      {open === "delete" && (
        <DeleteDialog
          id={id}
          entries={entries}
          figures={figures}
          onClose={() => setOpen(null)}
          onDone={() => router.replace(folderPage(id, parentOf(file.path)))}
        />
      )}
    </div>
  );
}

function Step({ href, label, icon }: { href: string | null; label: string; icon: ReactNode }) {
  if (href === null) {
    return (
      <ButtonAnchor role="link" aria-disabled="true" aria-label={label} size="icon">
        {icon}
      </ButtonAnchor>
    );
  }
  return (
    <ButtonLink href={href} prefetch={false} aria-label={label} title={label} size="icon">
      {icon}
    </ButtonLink>
  );
}
