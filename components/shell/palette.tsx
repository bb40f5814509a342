"use client";

import { useInfiniteQuery, useQueries, useQuery } from "@tanstack/react-query";
import {
  Activity,
  ArrowRight,
  Cylinder,
  FileJson2,
  GitPullRequestArrow,
  KeyRound,
  Plus,
  SunMoon,
  UserRound,
} from "lucide-react";
import { useRouter } from "next/navigation";
import { type KeyboardEvent, type ReactNode, type RefObject, useEffect, useEffectEvent, useId, useState } from "react";
import { bucketsQuery } from "#lib/browser/queries/buckets.ts";
import { planQuery } from "#lib/browser/queries/plan.ts";
import { plansQuery } from "#lib/browser/queries/plans.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import type { PlanInfo } from "#lib/core/plan/plan.ts";
import { planPage } from "../plan-list/links.ts";
import { Dialog } from "../ui/dialog.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { pageOfHandle } from "./handle.ts";
import type { TypedAhead } from "./shortcuts.tsx";
import { nextTheme } from "./theme.ts";

interface Hit {
  key: string;
  icon: ReactNode;
  title: string;
  note: string;
  href?: string;
  run?: () => void;
}

const ACTIONS: Hit[] = [
  { key: "new", icon: <Plus />, title: "New bucket", note: "", href: "/new-bucket" },
  { key: "plans", icon: <GitPullRequestArrow />, title: "Plans", note: "waiting for you, yours, all", href: "/plans" },
  { key: "submit", icon: <FileJson2 />, title: "Submit a plan", note: "a file, or compute one", href: "/plans/new" },
  { key: "activity", icon: <Activity />, title: "Activity", note: "who did what, when", href: "/activity" },
  { key: "tokens", icon: <KeyRound />, title: "Access tokens", note: "settings", href: "/settings/tokens" },
  { key: "profile", icon: <UserRound />, title: "Profile", note: "settings", href: "/settings/profile" },
  { key: "theme", icon: <SunMoon />, title: "Next theme", note: "system, light, dark", run: nextTheme },
];

/** Pages of a server that keeps accounts itself, and reviews plans. */
const OWN = /^\/(settings|plans|activity)/;

const STATUS_WORDS: Record<PlanInfo["status"], string> = {
  open: "in review",
  "changes-requested": "changes requested",
  rejected: "rejected",
  withdrawn: "withdrawn",
  approved: "approved",
  running: "running",
  done: "done",
  failed: "ended with failures",
};

/** Every word typed must occur in the text, in any order: "sft kest" finds kestrel-32b-sft. */
function matches(text: string, words: string[]): boolean {
  const lower = text.toLowerCase();
  return words.every((word) => lower.includes(word));
}

interface PaletteProps {
  namespaces: string[];
  /** Whether this server keeps the reader's account. */
  accounts: boolean;
  ahead: RefObject<TypedAhead>;
  onClose: () => void;
}

export function Palette({ namespaces, accounts, ahead, onClose }: PaletteProps) {
  const [text, setText] = useState(ahead.current.text);
  const [at, setAt] = useState(0);
  const router = useRouter();
  const listId = useId();
  const lists = useQueries({ queries: namespaces.map((namespace) => bucketsQuery(namespace)) });
  const loading = lists.some((list) => list.isPending);
  const newest = useInfiniteQuery({ ...plansQuery({ box: "all" }), enabled: accounts });
  const number = /^#(\d{1,9})$/.exec(text.trim())?.[1];
  const named = useQuery({
    ...planQuery(Number(number ?? 0)),
    enabled: accounts && number !== undefined,
    retry: false,
  });

  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const page = pageOfHandle(text);
  const buckets = lists.flatMap((list) => list.data ?? []).filter((bucket) => matches(bucket.id, words));
  const known = newest.data?.pages.flatMap((page) => page.items) ?? [];
  const plans =
    number === undefined
      ? known.filter((plan) => matches(`${plan.title} #${plan.id} ${plan.bucket}`, words))
      : [named.data, ...known.filter((plan) => String(plan.id).startsWith(number))].filter(
          (plan) => plan !== undefined,
        );
  const groups: { title: string; hits: Hit[] }[] = [
    {
      title: "Go to",
      hits: page ? [{ key: page, icon: <ArrowRight />, title: text.trim(), note: "", href: page }] : [],
    },
    {
      title: "Buckets",
      hits: buckets.slice(0, 8).map((bucket) => ({
        key: bucket.id,
        icon: <Cylinder />,
        title: bucket.id,
        note: `${formatSize(bucket.size)} logical, ${plural(bucket.files, "file")}`,
        href: `/buckets/${bucket.id}`,
      })),
    },
    {
      title: "Plans",
      hits: [...new Map(plans.map((plan) => [plan.id, plan])).values()].slice(0, 5).map((plan) => ({
        key: `plan-${plan.id}`,
        icon: <GitPullRequestArrow />,
        title: `${plan.title} #${plan.id}`,
        note: plan.waitsForMe ? "waiting for you" : STATUS_WORDS[plan.status],
        href: planPage(plan),
      })),
    },
    {
      title: "Actions",
      hits: ACTIONS.filter((action) => accounts || !OWN.test(action.href ?? "")).filter((action) =>
        matches(`${action.title} ${action.note}`, words),
      ),
    },
  ].filter((group) => group.hits.length > 0);
  const hits = groups.flatMap((group) => group.hits);
  const chosen = hits[Math.min(at, hits.length - 1)];

  function take(hit: Hit, newTab: boolean) {
    if (hit.href && newTab) window.open(hit.href, "_blank", "noopener");
    else if (hit.href) router.push(hit.href);
    hit.run?.();
    onClose();
  }

  const takeOver = useEffectEvent(() => {
    const { text: typed, enter, stop } = ahead.current;
    stop();
    const place = pageOfHandle(typed);
    if (typed !== text) setText(typed);
    if (!enter || place === null) return;
    router.push(place);
    onClose();
  });
  useEffect(() => takeOver(), []);

  function onKeyDown(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && hits.length > 0) {
      event.preventDefault();
      setAt((Math.min(at, hits.length - 1) + step + hits.length) % hits.length);
    } else if (event.key === "Enter" && chosen && !event.nativeEvent.isComposing) {
      event.preventDefault();
      take(chosen, event.ctrlKey || event.metaKey);
    }
  }

  return (
    <Dialog bare title="Jump to a bucket, path or plan" onClose={onClose} width={616}>
      <div className="sticky top-0 flex items-center gap-3 border-line border-b bg-panel px-4">
        <input
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={chosen && `${listId}-${chosen.key}`}
          aria-label="Bucket, plan, path or action"
          placeholder="Type a bucket's or plan's name, #128, or paste a handle"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
          className="h-13 flex-1 bg-transparent text-[16px] focus-visible:outline-none"
        />
        <Kbd>Esc</Kbd>
      </div>
      <div id={listId} role="listbox" aria-label="Results" className="min-h-40 px-2 py-2">
        {groups.map((group) => (
          // biome-ignore lint/a11y/useSemanticElements: a group inside a listbox, not a set of fields
          <div key={group.title} role="group" aria-label={group.title}>
            <div aria-hidden className="px-2 pt-2 pb-1 text-caption text-faint">
              {group.title}
            </div>
            {group.hits.map((hit) => (
              // biome-ignore lint/a11y/useKeyWithClickEvents: the combobox above owns the keys
              <div
                key={hit.key}
                id={`${listId}-${hit.key}`}
                role="option"
                tabIndex={-1}
                aria-selected={hit === chosen}
                onMouseMove={() => setAt(hits.indexOf(hit))}
                onClick={(event) => take(hit, event.ctrlKey || event.metaKey)}
                className="flex h-9 cursor-pointer items-center gap-3 rounded-control px-2 aria-selected:bg-accent-soft pointer-coarse:h-11 [&>svg]:size-4 [&>svg]:shrink-0 [&>svg]:text-muted"
              >
                {hit.icon}
                <span className="truncate font-medium">{hit.title}</span>
                <span className="shrink-0 text-muted text-secondary">{hit.note}</span>
                {hit === chosen && <Kbd className="ml-auto">↵</Kbd>}
              </div>
            ))}
          </div>
        ))}
        {hits.length === 0 && (
          <p className="px-2 py-6 text-center text-muted">
            {loading
              ? "Reading the list of buckets…"
              : "No bucket or plan of yours has this name. A pasted handle leads to any bucket."}
          </p>
        )}
      </div>
      <div className="flex items-center gap-4 border-line border-t px-4 py-2.5 text-muted text-secondary max-sm:hidden">
        <span className="flex items-center gap-1">
          <Kbd>↑</Kbd>
          <Kbd>↓</Kbd> move
        </span>
        <span className="flex items-center gap-1">
          <Kbd>↵</Kbd> open
        </span>
        <span className="flex items-center gap-1">
          <Kbd>Ctrl ↵</Kbd> new tab
        </span>
        <span className="ml-auto">
          Paste an <code className="font-mono">hf://</code> handle or a Hub URL to go there
        </span>
      </div>
    </Dialog>
  );
}
