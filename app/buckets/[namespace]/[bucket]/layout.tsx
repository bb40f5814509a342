import type { ReactNode } from "react";
import { BucketHeader } from "#components/bucket/bucket-header.tsx";
import { pageOrigin } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { type BucketParams, bucketForFrame, bucketIdOf } from "./bucket.ts";

interface BucketLayoutProps {
  params: Promise<BucketParams>;
  children: ReactNode;
}

/** Header and tabs of one bucket. */
export default async function BucketLayout({ params, children }: BucketLayoutProps) {
  const found = await bucketForFrame(bucketIdOf(await params));
  if (found === null) return children;
  return (
    <>
      <BucketHeader
        info={found.info}
        rights={found.rights}
        origin={await pageOrigin()}
        upload={found.rights.write && services().hub.kind === "embedded"}
      />
      {children}
    </>
  );
}
