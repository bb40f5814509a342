"use client";

import { KeyRound, LogOut, MonitorSmartphone, Plus, SunMoon, UserRound } from "lucide-react";
import { signOut } from "#lib/browser/queries/account.ts";
import { isHubError } from "#lib/core/errors.ts";
import { Kbd } from "../ui/kbd.tsx";
import { MenuItem, MenuLine, MenuLink } from "../ui/menu.tsx";
import { announce } from "../ui/toast.tsx";
import { nextTheme } from "./theme.ts";

interface UserMenuItemsProps {
  name: string;
  accounts: boolean;
}

export function UserMenuItems({ name, accounts }: UserMenuItemsProps) {
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
    <>
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
    </>
  );
}
