"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";
import type { ReactNode } from "react";

interface NavLinkProps {
  href: string;
  /** Pages below this belong to it too. */
  also?: string;
  children: ReactNode;
}

export function NavLink({ href, also, children }: NavLinkProps) {
  const pathname = usePathname();
  const here = pathname === href || (also !== undefined && pathname.startsWith(also));
  return (
    <Link
      href={href}
      prefetch={false}
      aria-current={here ? "page" : undefined}
      className="flex h-7.5 items-center gap-2 rounded-control px-2.5 font-medium text-body text-muted hover:text-ink aria-[current=page]:bg-hover aria-[current=page]:text-ink"
    >
      {children}
    </Link>
  );
}
