"use client";

import { usePathname, useSearchParams } from "next/navigation";
import { ButtonLink } from "../ui/button.tsx";

/** To the sign-in page and back to where one was. */
export function SignInLink() {
  const pathname = usePathname();
  const search = useSearchParams().toString();
  const here = search === "" ? pathname : `${pathname}?${search}`;
  return (
    <ButtonLink href={pathname === "/sign-in" ? here : `/sign-in?next=${encodeURIComponent(here)}`} prefetch={false}>
      Sign in
    </ButtonLink>
  );
}
