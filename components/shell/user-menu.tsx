"use client";

import { lazy, type ReactNode } from "react";
import { Menu } from "../ui/menu.tsx";

interface UserMenuProps {
  name: string;
  /** The embedded Hub keeps accounts; an upstream has its own pages for them. */
  accounts: boolean;
  /** The face to press. */
  children: ReactNode;
}

const load = () => import("./user-menu-items.tsx");
const UserMenuItems = lazy(() => load().then((module) => ({ default: module.UserMenuItems })));

export function UserMenu({ name, accounts, children }: UserMenuProps) {
  return (
    <Menu
      label={`Account ${name}`}
      trigger={children}
      onPointerEnter={load}
      onFocus={load}
      className="flex size-8 items-center justify-center rounded-full pointer-coarse:size-11"
    >
      <UserMenuItems name={name} accounts={accounts} />
    </Menu>
  );
}
