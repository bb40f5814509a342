import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { SignIn } from "#components/account/sign-in.tsx";
import { Barrel } from "#components/shell/barrel.tsx";
import { pageActor } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: "Sign in" };

interface SignInPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** A path of this server and nothing else, so that no link leads elsewhere through the sign-in page. */
function safeNext(next: string | undefined): string {
  if (!next?.startsWith("/") || !URL.canParse(next, "http://here")) return "/";
  return new URL(next, "http://here").host === "here" ? next : "/";
}

export default async function SignInPage({ searchParams }: SignInPageProps) {
  const search = await searchParams;
  const first = (name: string) => [search[name]].flat()[0];
  const next = safeNext(first("next"));
  const code = first("code") ?? null;
  const actor = await pageActor();
  if (actor.account !== null && code === null) redirect(next);
  const { hub, env } = services();
  const upstream = hub.kind === "upstream" ? new URL(env.HUB_URL ?? "http://hub").host : null;
  return (
    <main id="content" className="mx-auto flex max-w-[400px] flex-col px-4 pt-[12dvh] pb-16">
      <div className="mb-6 flex flex-col items-center gap-3 text-center">
        <Barrel className="size-9 text-stored" />
        <h1 className="font-semibold text-title">
          {upstream === null ? "Sign in to Cooperage" : `Sign in with your token of ${upstream}`}
        </h1>
        {first("next") !== undefined && (
          <p className="text-muted">This page needs to know who you are. You return to it at once.</p>
        )}
      </div>
      <div className="rounded-card border border-line bg-panel p-5">
        <SignIn next={next} code={code} upstream={upstream} />
      </div>
    </main>
  );
}
