"use client";

import { type ReactNode, useEffect } from "react";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { useFolder } from "../bucket/folder.ts";
import { useKeys } from "../shell/keys.tsx";
import { Button } from "../ui/button.tsx";
import { keepTransfer, readDoor, setDoor } from "./door.ts";

interface UploadDoorProps {
  id: BucketId;
  origin: string;
  /** What the button says. */
  children: ReactNode;
}

/** The button, the key and the whole page as a place to drop or paste files, for the folder one looks at. */
export function UploadDoor({ id, origin, children }: UploadDoorProps) {
  const prefix = useFolder();
  const choose = () => setDoor({ asked: { what: "choose", place: { bucket: id, prefix, origin } } });
  useKeys({ u: choose });

  useEffect(() => {
    const place = { bucket: id, prefix, origin };
    setDoor({ place, marks: new Map() });
    const onFiles = (event: Event) => {
      const { type, target, dataTransfer, clipboardData, relatedTarget } = event as DragEvent & ClipboardEvent;
      let dragging = type === "dragover";
      if (type === "dragleave") {
        // Left for nothing: it left the window, or was given up. What was dragged can not be seen any more.
        dragging = readDoor().dragging && relatedTarget !== null;
      } else {
        const transfer = dataTransfer ?? clipboardData;
        if (!transfer?.types.includes("Files") || (target as Element).closest?.("input, textarea")) return;
        event.preventDefault();
        // A dialog is open: what falls beside it is not meant for the page.
        if (document.querySelector("dialog[open]")) return;
        if (!dragging) setDoor({ asked: { what: "files", place, files: keepTransfer(transfer) } });
      }
      if (readDoor().dragging !== dragging) setDoor({ dragging });
    };
    const types = ["dragover", "dragleave", "drop", "paste"];
    for (const type of types) window.addEventListener(type, onFiles);
    return () => {
      setDoor({ place: null, dragging: false });
      for (const type of types) window.removeEventListener(type, onFiles);
    };
  }, [id, prefix, origin]);

  return (
    <Button
      variant="primary"
      title="Upload  u"
      onClick={choose}
      className="max-sm:fixed max-sm:right-4 max-sm:bottom-4 max-sm:z-30 max-sm:h-12 max-sm:rounded-full max-sm:px-5 max-sm:shadow-float"
    >
      {children}
    </Button>
  );
}
