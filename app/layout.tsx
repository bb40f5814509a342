import type { Metadata, Viewport } from "next";
import localFont from "next/font/local";
import { cookies } from "next/headers";
import type { ReactNode } from "react";
import { TopBar } from "#components/shell/top-bar.tsx";
import { KEYS_COOKIE, parseTheme, THEME_COOKIE } from "#lib/browser/preferences.ts";
import { pageActor } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import "./globals.css";
import { Providers } from "./providers.tsx";

const geist = localFont({
  src: "../node_modules/@fontsource-variable/geist/files/geist-latin-wght-normal.woff2",
  weight: "100 900",
  variable: "--font-geist",
});
const geistMono = localFont({
  src: "../node_modules/@fontsource-variable/geist-mono/files/geist-mono-latin-wght-normal.woff2",
  weight: "100 900",
  variable: "--font-geist-mono",
  adjustFontFallback: false,
});

export const metadata: Metadata = {
  title: { default: "Cooperage", template: "%s · Cooperage" },
  description: "Storage Buckets: browse, share and keep what training runs write.",
};

export const viewport: Viewport = {
  themeColor: [
    { media: "(prefers-color-scheme: light)", color: "#ffffff" },
    { media: "(prefers-color-scheme: dark)", color: "#0f1115" },
  ],
};

export default async function RootLayout({ children }: { children: ReactNode }) {
  const jar = await cookies();
  const actor = await pageActor();
  const { hub, plans } = services();
  const reviews = actor.account !== null && hub.kind === "embedded";
  const [namespaces, waiting] = await Promise.all([
    actor.account === null ? [] : hub.listNamespaces(actor).catch(() => []),
    reviews ? plans.countWaiting(actor).catch(() => 0) : null,
  ]);
  return (
    <html
      lang="en"
      data-theme={parseTheme(jar.get(THEME_COOKIE)?.value)}
      className={`${geist.variable} ${geistMono.variable}`}
    >
      <head>
        {/* Not by metadata, which may stream in after the browser has asked for /favicon.ico. */}
        <link rel="icon" href="/icon.svg" type="image/svg+xml" />
      </head>
      <body>
        <Providers now={Date.now()} keys={jar.get(KEYS_COOKIE)?.value !== "off"}>
          <TopBar
            name={actor.account?.name ?? null}
            namespaces={namespaces.map((namespace) => namespace.name)}
            accounts={hub.kind === "embedded"}
            waiting={waiting}
          />
          {children}
        </Providers>
      </body>
    </html>
  );
}
