"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

interface NavLinkProps {
  href: string;
  /** A pattern of the addresses that belong to it. */
  pages: string;
  children: ReactNode;
}

export function NavLink({ href, pages, children }: NavLinkProps) {
  const here = new RegExp(pages).test(usePathname());
  return (
    <Link
      href={href}
      prefetch={false}
      aria-current={here ? "page" : undefined}
      className="flex h-7.5 items-center gap-2 rounded-control px-2.5 font-medium text-body text-muted hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink pointer-coarse:h-11"
    >
      {children}
    </Link>
  );
}
