"use client";

import { useParams, usePathname } from "next/navigation";

/** The folder of the page, from its address: a folder's own, a file's, "" on all other pages of the bucket. */
export function useFolder(): string {
  const { path = [] } = useParams<{ path?: string[] }>();
  const isFolder = usePathname().split("/")[4] === "tree";
  return (isFolder ? path : path.slice(0, -1)).map(decode).join("/");
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
