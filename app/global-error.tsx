"use client";

import "./globals.css";

/** The frame itself failed: no shell, no fonts, still words. */
export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <title>Not shown · Cooperage</title>
        <main className="mx-auto grid max-w-[560px] gap-3 px-4 pt-[14dvh]">
          <h1 className="font-semibold text-title">The page could not be shown</h1>
          <p className="text-muted text-prose">
            Something failed while it was made. Nothing was changed. The server's log has the reason.
          </p>
          {error.digest && <p className="font-mono text-caption text-muted">{error.digest}</p>}
          <div>
            <button
              type="button"
              onClick={reset}
              className="h-8.5 rounded-control bg-accent px-3.5 font-medium text-on-accent"
            >
              Try again
            </button>
          </div>
        </main>
      </body>
    </html>
  );
}
