"use client";

import { useParams } from "next/navigation";
import { createContext, type ReactNode, useContext } from "react";
import { ButtonLink } from "../ui/button.tsx";

const Known = createContext(false);

/** Around the pages of a bucket that exists, so that their not-found page may lead back to it. */
export function KnownBucket({ children }: { children: ReactNode }) {
  return <Known value={true}>{children}</Known>;
}

/** Up to the bucket of the page's address; nothing when that is what was not found. */
export function ToBucket() {
  const { namespace, bucket } = useParams<{ namespace: string; bucket: string }>();
  if (!useContext(Known)) return null;
  return (
    <ButtonLink variant="primary" size="large" href={`/buckets/${namespace}/${bucket}`} prefetch={false}>
      Files of this bucket
    </ButtonLink>
  );
}
