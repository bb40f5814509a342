import type { NextConfig } from "next";

const config: NextConfig = {
  // Pages are .tsx and belong to Next; route handlers are .ts and belong to lib/server/http/listener.ts,
  // which calls them without Next in between (ARCHITECTURE.md, "Routes without Next").
  pageExtensions: ["tsx"],
  // `npm run check` runs the type checker over everything, not only over what Next bundles.
  typescript: { ignoreBuildErrors: true },
  poweredByHeader: false,
  reactStrictMode: true,
  skipTrailingSlashRedirect: true,
};

export default config;
