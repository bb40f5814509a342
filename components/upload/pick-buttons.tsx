"use client";

import { FileUp, FolderUp } from "lucide-react";
import { useSyncExternalStore } from "react";
import { Button } from "../ui/button.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { setDoor, type UploadPlace } from "./door.ts";
import { canPickFolders, pickFiles } from "./pick.ts";

/** For a page that waits for its first file. */
export function PickButtons({ place }: { place: UploadPlace }) {
  const folders = useSyncExternalStore(
    () => () => {},
    canPickFolders,
    () => true,
  );
  const pick = async (what: "folder" | "files") => {
    setDoor({ asked: { what: "files", place, files: await pickFiles(what) } });
  };
  return (
    <>
      <div className="mt-4 flex flex-wrap justify-center gap-2">
        {folders && (
          <Button variant="primary" size="large" onClick={() => pick("folder")}>
            <FolderUp />
            Choose folder
          </Button>
        )}
        <Button variant={folders ? "outline" : "primary"} size="large" onClick={() => pick("files")}>
          <FileUp />
          Choose files
        </Button>
      </div>
      <p className="mt-3 flex items-center gap-2 text-muted text-secondary pointer-coarse:hidden">
        <Kbd>U</Kbd>
        opens this from anywhere in the bucket
      </p>
    </>
  );
}
