"use client";

import { lazy, type ReactNode, Suspense, useState } from "react";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { Button } from "../ui/button.tsx";
import { useFolder } from "./folder.ts";

const UseDialog = lazy(() => import("./use-dialog.tsx").then((module) => ({ default: module.UseDialog })));

interface UseBucketButtonsProps {
  id: BucketId;
  origin: string;
  /** What the two buttons say; no second one for who may not write. */
  use: ReactNode;
  add: ReactNode | null;
}

/** The header's two verbs. Both open exact lines for the folder one looks at. */
export function UseBucketButtons({ id, origin, use, add }: UseBucketButtonsProps) {
  const [open, setOpen] = useState<"read" | "write" | null>(null);
  const path = useFolder();
  return (
    <>
      <Button className="max-sm:hidden" onClick={() => setOpen("read")}>
        {use}
      </Button>
      {add !== null && (
        <Button variant="primary" className="max-sm:hidden" onClick={() => setOpen("write")}>
          {add}
        </Button>
      )}
      <Suspense>
        {open && (
          <UseDialog id={id} path={path} origin={origin} write={open === "write"} onClose={() => setOpen(null)} />
        )}
      </Suspense>
    </>
  );
}
