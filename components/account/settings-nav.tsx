"use client";

import Link from "next/link";
import { usePathname } from "next/navigation";

const PAGES = [
  { href: "/settings/profile", name: "Profile" },
  { href: "/settings/tokens", name: "Access tokens" },
  { href: "/settings/sessions", name: "Sessions" },
];

export function SettingsNav() {
  const pathname = usePathname();
  return (
    <nav aria-label="Settings" className="grid gap-0.5 max-md:flex max-md:flex-wrap md:pt-1">
      {PAGES.map(({ href, name }) => (
        <Link
          key={href}
          href={href}
          prefetch={false}
          aria-current={pathname === href ? "page" : undefined}
          className="flex min-h-8 items-center rounded-control px-2.5 font-medium text-muted hover:text-ink aria-[current=page]:bg-line/60 aria-[current=page]:text-ink pointer-coarse:min-h-11"
        >
          {name}
        </Link>
      ))}
    </nav>
  );
}
