"use client";

import { useRouter } from "next/navigation";
import { useEffect } from "react";

/** Stands among figures that the server rendered while they are being computed again: reads the page anew until they are there. */
export function WhilePending() {
  const router = useRouter();
  useEffect(() => {
    // Few pages need it, and it need not be there at once.
    const started = import("./follow-page.ts").then((module) => module.followPage(router));
    return () => void started.then((stop) => stop());
  }, [router]);
  return null;
}
