import type { Metadata } from "next";
import Link from "next/link";
import { redirect } from "next/navigation";
import { TerminalCard } from "#components/plan-list/terminal-card.tsx";
import { SubmitPlan } from "#components/plan-submit/submit-plan.tsx";
import { type BucketId, formatHandle, parseBucketId } from "#lib/core/bucket/id.ts";
import { pageActor, pageOrigin } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { NoPlansHere } from "../no-plans-here.tsx";

export const metadata: Metadata = { title: "Submit a plan" };

interface NewPlanPageProps {
  searchParams: Promise<Record<string, string | string[] | undefined>>;
}

/** Where a plan comes in: as a file, or computed here. `?bucket=` and `?prefix=` say what it is about. */
export default async function NewPlanPage({ searchParams }: NewPlanPageProps) {
  const actor = await pageActor();
  const search = await searchParams;
  const bucket = [search.bucket].flat()[0] ?? "";
  if (actor.account === null)
    redirect(`/sign-in?next=${encodeURIComponent(bucket ? `/plans/new?bucket=${bucket}` : "/plans/new")}`);
  if (services().hub.kind === "upstream") return <NoPlansHere />;
  const prefix = [search.prefix].flat()[0] ?? "";
  const handle = handleOf(bucket, prefix);
  const namespaces = await services().hub.listNamespaces(actor);
  const origin = await pageOrigin();
  return (
    <main id="content">
      <div className="border-line border-b bg-panel">
        <div className="mx-auto max-w-[1600px] px-4 py-3.5 sm:px-6">
          <h1 className="font-semibold text-title">
            <Link href="/plans" prefetch={false} className="font-normal text-muted text-prose hover:text-ink">
              Plans
            </Link>
            <span aria-hidden className="mx-2 font-normal text-faint text-prose">
              /
            </span>
            Submit a plan
          </h1>
          <p className="mt-0.5 text-muted">
            Drop sync-plan.jsonl, paste it, send it from a terminal, or compute one here.
          </p>
        </div>
      </div>
      <div className="mx-auto max-w-[1600px] px-4 pt-4 pb-24 sm:px-6">
        <SubmitPlan
          namespaces={namespaces.map(({ name }) => name)}
          handle={handle}
          aside={
            <TerminalCard
              title="Write a fresh plan"
              note="A plan that the client wrote is always one object a line. Editors that wrap lines break it."
              origin={origin}
              handle={handle || undefined}
            />
          }
        />
      </div>
    </main>
  );
}

/** "" when the address names no bucket that could exist. */
function handleOf(bucket: BucketId, prefix: string): string {
  try {
    parseBucketId(bucket);
    return formatHandle(bucket, prefix);
  } catch {
    return "";
  }
}
