import type { Metadata } from "next";
import { notFound } from "next/navigation";
import { BucketSettings } from "#components/bucket/bucket-settings.tsx";
import { pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketForPage, bucketIdOf } from "../bucket.ts";

interface SettingsPageProps {
  params: Promise<BucketParams>;
}

export async function generateMetadata({ params }: SettingsPageProps): Promise<Metadata> {
  return { title: `Settings · ${bucketIdOf(await params)}` };
}

export default async function BucketSettingsPage({ params }: SettingsPageProps) {
  const id = bucketIdOf(await params);
  const { actor, info, rights } = await bucketForPage(id, "/settings");
  // Who may not change it has no tab for it either.
  if (!rights.admin) notFound();
  const { hub, plans } = services();
  const embedded = hub.kind === "embedded";
  const [namespaces, rules, glance] = await pageRead(`/buckets/${id}/settings`, () =>
    Promise.all([
      hub.listNamespaces(actor),
      embedded ? plans.getRules(actor, id) : null,
      embedded ? plans.glance(actor, id) : null,
    ]),
  );
  const owners = namespaces.filter(({ role }) => role === "write" || role === "admin").map(({ name }) => name);
  return (
    <main id="content" className="mx-auto max-w-[1000px] px-4 py-5 sm:px-6">
      <h2 className="sr-only">Settings</h2>
      <BucketSettings key={info.id} info={info} owners={owners} rules={rules} mayRule={glance?.mayRule ?? false} />
    </main>
  );
}
