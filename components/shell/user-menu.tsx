"use client";

import { KeyRound, LogOut, MonitorSmartphone, Plus, SunMoon, UserRound } from "lucide-react";
import { signOut } from "#lib/browser/queries/account.ts";
import { isHubError } from "#lib/core/errors.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { Menu, MenuItem, MenuLine, MenuLink } from "../ui/menu.tsx";
import { announce } from "../ui/toast.tsx";
import { nextTheme } from "./shortcuts.tsx";

interface UserMenuProps {
  name: string;
  /** The embedded Hub keeps accounts; an upstream has its own pages for them. */
  accounts: boolean;
}

export function UserMenu({ name, accounts }: UserMenuProps) {
  async function leave() {
    try {
      await signOut();
      // A full load, so that nothing of the account stays in this tab's memory.
      window.location.assign("/sign-in");
    } catch (error) {
      announce(isHubError(error) ? `Still signed in. ${error.message}` : "Still signed in. Try again.");
    }
  }
  return (
    <Menu
      label={`Account ${name}`}
      trigger={<Avatar name={name} />}
      className="flex size-8 items-center justify-center rounded-full pointer-coarse:size-11"
    >
      <div className="px-2 pt-1 pb-1.5">
        <div className="text-muted text-secondary">Signed in as</div>
        <div className="truncate font-medium">{name}</div>
      </div>
      <MenuLine />
      <MenuLink href="/new-bucket" icon={<Plus />}>
        New bucket
      </MenuLink>
      {accounts && (
        <>
          <MenuLink href="/settings/profile" icon={<UserRound />}>
            Profile
          </MenuLink>
          <MenuLink href="/settings/tokens" icon={<KeyRound />}>
            Access tokens
          </MenuLink>
          <MenuLink href="/settings/sessions" icon={<MonitorSmartphone />}>
            Sessions
          </MenuLink>
        </>
      )}
      <MenuItem onSelect={nextTheme} icon={<SunMoon />} hint={<Kbd>t</Kbd>}>
        Next theme
      </MenuItem>
      <MenuLine />
      <MenuItem onSelect={leave} icon={<LogOut />}>
        Sign out
      </MenuItem>
    </Menu>
  );
}
