"use client";

import { useParams, usePathname } from "next/navigation";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { Button } from "../ui/button.tsx";

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
      <Button onClick={() => setOpen("read")}>{use}</Button>
      {add !== null && (
        <Button variant="primary" onClick={() => setOpen("write")}>
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
