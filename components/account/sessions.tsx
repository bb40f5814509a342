"use client";

import { useMutation } from "@tanstack/react-query";
import { Monitor, Smartphone } from "lucide-react";
import { useRouter } from "next/navigation";
import { endSession } from "#lib/browser/queries/account.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Until } from "../ui/full-time.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Time } from "../ui/time.tsx";
import { announce } from "../ui/toast.tsx";

export interface SessionRow {
  id: string;
  userAgent: string;
  createdAt: number;
  expiresAt: number;
  lastUsedAt: number;
  current: boolean;
}

const BROWSERS: [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: [RegExp, string][] = [
  [/iPhone|iPad/, "iOS"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "macOS"],
  [/Linux/, "Linux"],
];

/** "Firefox on Linux"; the first words of the agent where it is none of the known ones. */
function nameOf(userAgent: string): string {
  const browser = BROWSERS.find(([pattern]) => pattern.test(userAgent))?.[1];
  const system = SYSTEMS.find(([pattern]) => pattern.test(userAgent))?.[1];
  if (browser === undefined) return userAgent.slice(0, 60) || "Unknown browser";
  return system === undefined ? browser : `${browser} on ${system}`;
}

export function SessionList({ sessions }: { sessions: SessionRow[] }) {
  return (
    <Card aria-label="Sessions" className="overflow-clip">
      <ul>
        {sessions.map((session) => (
          <Session key={session.id} session={session} />
        ))}
      </ul>
    </Card>
  );
}

function Session({ session }: { session: SessionRow }) {
  const router = useRouter();
  const name = nameOf(session.userAgent);
  const Icon = /Mobile|Android|iPhone/.test(session.userAgent) ? Smartphone : Monitor;
  const end = useMutation({
    mutationFn: () => endSession(session.id),
    onSuccess: () => {
      announce(`Session of ${name} ended`);
      if (session.current) window.location.assign("/sign-in");
      else router.refresh();
    },
  });
  return (
    <li className="flex flex-wrap items-center gap-3 border-hairline border-t px-3.5 py-3 first:border-t-0">
      <Icon aria-hidden strokeWidth={1.75} className="size-4.5 shrink-0 text-muted" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-2 font-medium" title={session.userAgent}>
          {name}
          {session.current && <Badge tone="add">this browser</Badge>}
        </p>
        <p className="text-muted text-secondary">
          Used <Time value={session.lastUsedAt} /> · began <Time value={session.createdAt} /> · ends{" "}
          <Until value={session.expiresAt} />
        </p>
      </div>
      <Button variant="danger" size="small" busy={end.isPending} onClick={() => end.mutate()}>
        {session.current ? "Sign out" : "End it"}
      </Button>
      {end.error && (
        <div className="w-full">
          <ErrorNotice title="The session was not ended" error={end.error} kept="It is still signed in." />
        </div>
      )}
    </li>
  );
}
