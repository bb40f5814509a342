import type { CdnRegion } from "#lib/core/bucket/entry.ts";

/** Where a bucket can be pre-warmed, in the order shown. */
export const REGIONS: CdnRegion[] = [
  { provider: "aws", region: "us" },
  { provider: "aws", region: "eu" },
  { provider: "gcp", region: "us" },
  { provider: "gcp", region: "eu" },
];

export const regionKey = ({ provider, region }: CdnRegion) => `${provider}-${region}`;

/** "AWS US". */
export const regionName = ({ provider, region }: CdnRegion) => `${provider.toUpperCase()} ${region.toUpperCase()}`;
