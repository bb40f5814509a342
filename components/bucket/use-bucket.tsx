"use client";

import { CodeXml, Upload } from "lucide-react";
import { useParams, usePathname } from "next/navigation";
import { lazy, Suspense, useState } from "react";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { Button } from "../ui/button.tsx";

const UseDialog = lazy(() => import("./use-dialog.tsx").then((module) => ({ default: module.UseDialog })));

/** The header's two verbs. Both open exact lines for the folder one looks at. */
export function UseBucketButtons({ id, origin, write }: { id: BucketId; origin: string; write: boolean }) {
  const [open, setOpen] = useState<"read" | "write" | null>(null);
  const path = useFolder();
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
