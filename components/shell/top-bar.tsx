import Link from "next/link";
import { Avatar } from "../ui/avatar.tsx";
import { Barrel } from "./barrel.tsx";
import { NavLink } from "./nav-link.tsx";
import { Shortcuts } from "./shortcuts.tsx";
import { SignInLink } from "./sign-in-link.tsx";
import { UserMenu } from "./user-menu.tsx";

interface TopBarProps {
  /** null: nobody signed in. */
  name: string | null;
  namespaces: string[];
  accounts: boolean;
}

export function TopBar({ name, namespaces, accounts }: TopBarProps) {
  return (
    <header className="border-line border-b bg-panel">
      <a
        href="#content"
        className="sr-only z-50 rounded-control bg-accent px-3 py-2 font-medium text-on-accent focus:not-sr-only focus:fixed focus:top-2 focus:left-2"
      >
        Skip to the content
      </a>
      <div className="mx-auto flex h-12 max-w-[1600px] items-center gap-2 px-4 sm:px-6">
        <Link
          href="/"
          className="flex items-center gap-2 rounded-control font-semibold text-[14px] tracking-[-0.01em] pointer-coarse:min-h-11"
        >
          <Barrel className="size-[18px] text-accent" />
          Cooperage
        </Link>
        <nav aria-label="Main" className="ml-3 flex items-center gap-1 max-sm:hidden">
          <NavLink href="/" also="/buckets">
            Buckets
          </NavLink>
        </nav>
        <Shortcuts namespaces={namespaces} accounts={accounts && name !== null} />
        {name === null ? (
          <SignInLink />
        ) : (
          <UserMenu name={name} accounts={accounts}>
            <Avatar name={name} />
          </UserMenu>
        )}
      </div>
    </header>
  );
}
