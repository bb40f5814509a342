import type { ReactNode } from "react";
import { Badge } from "../ui/badge.tsx";
import { TabLink } from "./tab-link.tsx";

interface BucketTabProps {
  href: string;
  /** Pages below these belong to it too. */
  also?: string[];
  count?: string;
  children: ReactNode;
}

export function BucketTab({ href, also = [], count, children }: BucketTabProps) {
  return (
    <TabLink href={href} also={also}>
      {children}
      {count !== undefined && <Badge tone="soft">{count}</Badge>}
    </TabLink>
  );
}
