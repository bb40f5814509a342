import type { ReactNode } from "react";
import { BucketHeader } from "#components/bucket/bucket-header.tsx";
import { pageOrigin } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketForFrame, bucketIdOf, dedupForFrame, reviewForFrame } from "./bucket.ts";

interface BucketLayoutProps {
  params: Promise<BucketParams>;
  children: ReactNode;
}

/** Header and tabs of one bucket. */
export default async function BucketLayout({ params, children }: BucketLayoutProps) {
  const id = bucketIdOf(await params);
  const found = await bucketForFrame(id);
  if (found === null) return children;
  const [origin, review, dedup] = await Promise.all([pageOrigin(), reviewForFrame(id), dedupForFrame(id)]);
  const { kind } = services().hub;
  return (
    <>
      <BucketHeader
        info={found.info}
        rights={found.rights}
        origin={origin}
        upload={found.rights.write && kind === "embedded"}
        review={review}
        dedup={kind === "embedded"}
        figures={dedup?.figures ?? null}
      />
      {children}
    </>
  );
}
