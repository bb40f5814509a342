"use client";

import { useParams } from "next/navigation";
import { ButtonLink } from "../ui/button.tsx";

/** Up to the bucket of the page's address. */
export function ToBucket() {
  const { namespace, bucket } = useParams<{ namespace: string; bucket: string }>();
  return (
    <ButtonLink variant="primary" size="large" href={`/buckets/${namespace}/${bucket}`} prefetch={false}>
      Files of this bucket
    </ButtonLink>
  );
}
