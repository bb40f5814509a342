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
  /** Plans that wait for the reader, counted to a hundred; null where plans are not reviewed. */
  waiting: number | null;
}

export function TopBar({ name, namespaces, accounts, waiting }: TopBarProps) {
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
        <nav aria-label="Main" className="ml-3 flex items-center gap-1 max-sm:ml-0">
          <span className="max-sm:hidden">
            <NavLink href="/" pages="^/($|buckets/(?!.+?/.+?/plans/.))">
              Buckets
            </NavLink>
          </span>
          {waiting !== null && (
            <>
              <NavLink href="/plans" pages="^/plans|^/buckets/.+?/.+?/plans/.">
                Plans
                {waiting > 0 && <Waiting count={waiting} />}
              </NavLink>
              <span className="max-sm:hidden">
                <NavLink href="/activity" pages="^/activity">
                  Activity
                </NavLink>
              </span>
            </>
          )}
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

/** A number in a filled round: the one thing of the bar that asks for something. */
function Waiting({ count }: { count: number }) {
  const words = count >= 100 ? "99+" : String(count);
  return (
    <span className="inline-flex h-4.5 min-w-4.5 items-center justify-center rounded-full bg-accent px-1 font-medium text-caption text-on-accent">
      <span aria-hidden>{words}</span>
      <span className="sr-only">{`, ${words} waiting for you`}</span>
    </span>
  );
}
