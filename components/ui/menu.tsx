"use client";

import type { VariantProps } from "class-variance-authority";
import Link from "next/link";
import {
  type ComponentProps,
  type KeyboardEvent,
  type ReactNode,
  type RefObject,
  Suspense,
  type ToggleEvent,
  useEffect,
  useId,
  useRef,
  useState,
} from "react";
import { flushSync } from "react-dom";
import { button } from "./button.tsx";

interface MenuProps extends Omit<ComponentProps<"button">, "children"> {
  /** What the trigger shows. */
  trigger: ReactNode;
  /** Names the menu, and the trigger where that has no words. */
  label: string;
  children: ReactNode;
  /** Makes the trigger a button of this look. */
  look?: VariantProps<typeof button>;
}

/** A menu in the browser's top layer: it closes on Escape and outside clicks, and gives focus back, without a line of ours. */
export function Menu({ trigger, label, children, look, className, ...rest }: MenuProps) {
  const id = useId();
  const anchor = useRef<HTMLButtonElement>(null);
  const popup = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);

  function onBeforeToggle(event: ToggleEvent<HTMLDivElement>) {
    if (event.newState !== "open") return;
    const { style } = event.currentTarget;
    const box = anchor.current!.getBoundingClientRect();
    const below = box.bottom < window.innerHeight * 0.6;
    const start = box.left < window.innerWidth / 2;
    style.inset = [
      below ? `${box.bottom + 4}px` : "auto",
      start ? "auto" : `${Math.max(8, document.documentElement.clientWidth - box.right)}px`,
      below ? "auto" : `${window.innerHeight - box.top + 4}px`,
      start ? `${Math.max(8, box.left)}px` : "auto",
    ].join(" ");
    flushSync(() => setOpen(true));
  }

  function onToggle(event: ToggleEvent<HTMLDivElement>) {
    if (event.newState === "open") focusFirst(event.currentTarget);
    else setOpen(false);
  }

  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const items = [...event.currentTarget.querySelectorAll<HTMLElement>(ITEM)];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key];
    if (event.key === "Tab") event.currentTarget.hidePopover();
    if (to === undefined) return;
    event.preventDefault();
    items.at(to === items.length ? 0 : to)?.focus();
  }

  return (
    <>
      <button
        ref={anchor}
        type="button"
        popoverTarget={id}
        aria-haspopup="menu"
        aria-expanded={open}
        aria-label={label}
        className={look ? button({ ...look, className }) : className}
        {...rest}
      >
        {trigger}
      </button>
      <div
        ref={popup}
        id={id}
        popover="auto"
        role="menu"
        tabIndex={-1}
        aria-label={label}
        onBeforeToggle={onBeforeToggle}
        onToggle={onToggle}
        onKeyDown={onKeyDown}
        className="fixed m-0 min-w-44 max-w-[min(320px,calc(100vw-16px))] rounded-float bg-panel p-1 text-ink shadow-float"
      >
        {open && (
          <Suspense>
            {children}
            <FocusFirst popup={popup} />
          </Suspense>
        )}
      </div>
    </>
  );
}

/** Items whose code is on its way get the focus when they arrive. */
function FocusFirst({ popup }: { popup: RefObject<HTMLDivElement | null> }) {
  useEffect(() => {
    if (popup.current?.matches(":popover-open")) focusFirst(popup.current);
  }, [popup]);
  return null;
}

function focusFirst(popup: Element) {
  popup.querySelector<HTMLElement>(ITEM)?.focus({ preventScroll: true });
}

const ITEM = "[role^=menuitem]:not([aria-disabled=true])";
const itemLook =
  "flex w-full items-center gap-2.5 rounded-small px-2 py-1 text-left text-body hover:bg-hover focus-visible:bg-hover focus-visible:outline-offset-[-2px] aria-disabled:opacity-50 pointer-coarse:min-h-11 [&>svg]:size-4 [&>svg]:shrink-0";

function closeMenu(element: Element) {
  element.closest<HTMLElement>("[popover]")?.hidePopover();
}

interface MenuItemProps {
  children: ReactNode;
  icon?: ReactNode;
  /** The key that does the same. */
  hint?: ReactNode;
  danger?: boolean;
  /** Makes it one of a set of choices. */
  checked?: boolean;
}

export function MenuItem({
  children,
  icon,
  hint,
  danger,
  checked,
  onSelect,
}: MenuItemProps & { onSelect: () => void }) {
  return (
    <button
      type="button"
      role={checked === undefined ? "menuitem" : "menuitemradio"}
      {...(checked !== undefined && { "aria-checked": checked })}
      tabIndex={-1}
      className={`${itemLook} ${danger ? "text-del-ink" : checked ? "font-medium text-accent-ink" : "[&>svg]:text-muted"}`}
      onClick={(event) => {
        closeMenu(event.currentTarget);
        onSelect();
      }}
    >
      {icon}
      <span className="mr-auto">{children}</span>
      {hint}
    </button>
  );
}

/** `download`: a plain link that the browser takes itself. */
export function MenuLink({
  children,
  icon,
  hint,
  href,
  download = false,
}: MenuItemProps & { href: string; download?: boolean }) {
  const inner = (
    <>
      {icon}
      <span className="mr-auto">{children}</span>
      {hint}
    </>
  );
  return download ? (
    <a
      role="menuitem"
      tabIndex={-1}
      href={href}
      download
      className={`${itemLook} [&>svg]:text-muted`}
      onClick={(event) => closeMenu(event.currentTarget)}
    >
      {inner}
    </a>
  ) : (
    <Link
      role="menuitem"
      tabIndex={-1}
      href={href}
      prefetch={false}
      className={`${itemLook} [&>svg]:text-muted`}
      onClick={(event) => closeMenu(event.currentTarget)}
    >
      {inner}
    </Link>
  );
}

export function MenuLine() {
  return <hr className="mx-2 my-1 border-line" />;
}
