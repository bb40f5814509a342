import type { Metadata } from "next";
import { notFound, redirect } from "next/navigation";
import type { ReactNode } from "react";
import { SettingsNav } from "#components/account/settings-nav.tsx";
import { pageActor } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: "Settings" };

export default async function SettingsLayout({ children }: { children: ReactNode }) {
  const actor = await pageActor();
  if (actor.account === null) redirect("/sign-in?next=/settings/profile");
  // An upstream Hub has its own pages for all this.
  if (services().hub.kind === "upstream") notFound();
  return (
    <main
      id="content"
      className="mx-auto grid max-w-[1000px] items-start gap-x-8 gap-y-4 px-4 py-5 sm:px-6 md:grid-cols-[180px_minmax(0,1fr)]"
    >
      <SettingsNav />
      <div className="grid min-w-0 gap-4">{children}</div>
    </main>
  );
}
