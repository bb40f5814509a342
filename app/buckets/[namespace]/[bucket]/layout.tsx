import type { ReactNode } from "react";
import { BucketHeader } from "#components/bucket/bucket-header.tsx";
import { pageOrigin } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketForFrame, bucketIdOf, reviewForFrame } from "./bucket.ts";

interface BucketLayoutProps {
  params: Promise<BucketParams>;
  children: ReactNode;
}

/** Header and tabs of one bucket. */
export default async function BucketLayout({ params, children }: BucketLayoutProps) {
  const id = bucketIdOf(await params);
  const found = await bucketForFrame(id);
  if (found === null) return children;
  return (
    <>
      <BucketHeader
        info={found.info}
        rights={found.rights}
        origin={await pageOrigin()}
        upload={found.rights.write && services().hub.kind === "embedded"}
        review={await reviewForFrame(id)}
      />
      {children}
    </>
  );
}
