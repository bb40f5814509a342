import type { Metadata } from "next";
import { redirect } from "next/navigation";
import { CreateBucket } from "#components/bucket/create-bucket.tsx";
import { Card } from "#components/ui/card.tsx";
import { Notice } from "#components/ui/notice.tsx";
import { pageActor, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: "New bucket" };

interface NewBucketPageProps {
  searchParams: Promise<{ owner?: string | string[] }>;
}

export default async function NewBucketPage({ searchParams }: NewBucketPageProps) {
  const actor = await pageActor();
  if (actor.account === null) redirect("/sign-in?next=/new-bucket");
  const namespaces = await pageRead("/new-bucket", () => services().hub.listNamespaces(actor));
  const owners = namespaces.filter(({ role }) => role === "write" || role === "admin");
  const asked = [(await searchParams).owner].flat()[0];
  const owner = owners.find((each) => each.name === asked) ?? owners[0];
  return (
    <main id="content" className="mx-auto max-w-[760px] px-4 py-6">
      <h1 className="mb-1 font-semibold text-title">New bucket</h1>
      <p className="mb-4 text-muted">
        A name for files that change: no versions, no branches. Rename it or move it to another owner later.
      </p>
      <Card aria-label="New bucket" className="p-5">
        {owner ? (
          <CreateBucket
            owners={owners.map(({ name, fullName, privateByDefault }) => ({ name, fullName, privateByDefault }))}
            owner={owner.name}
          />
        ) : (
          <Notice title="You may not make buckets here" kept="Nothing was changed.">
            No namespace gives you the right to write. Ask an administrator of your organization, or sign in with a
            wider token.
          </Notice>
        )}
      </Card>
    </main>
  );
}
