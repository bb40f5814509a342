"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

interface TabLinkProps {
  href: string;
  /** Pages below these belong to it too. */
  also: string[];
  children: ReactNode;
}

/** Knows whether its page is the one that is open. */
export function TabLink({ href, also, children }: TabLinkProps) {
  const pathname = usePathname();
  const here = pathname === href || also.some((start) => pathname.startsWith(`${start}/`));
  return (
    <Link
      href={href}
      prefetch={false}
      aria-current={here ? "page" : undefined}
      className="flex h-9.5 items-center gap-2 border-transparent border-b-2 font-medium text-body text-muted hover:text-ink aria-[current=page]:border-stored aria-[current=page]:text-ink pointer-coarse:h-11"
    >
      {children}
    </Link>
  );
}
