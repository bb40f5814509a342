"use client";

import { useRouter } from "next/navigation";
import { startTransition, useEffect } from "react";
import { Message } from "#components/shell/message.tsx";
import { Button, ButtonAnchor } from "#components/ui/button.tsx";
import { copy } from "#components/ui/toast.tsx";

interface ErrorPageProps {
  error: Error & { digest?: string };
  reset: () => void;
}

/** A HubError's own words arrive in the digest (`pageRead`); of anything else only the number to look it up by. */
function readDigest(digest: string | undefined): { code: string; message: string } | null {
  try {
    const { code, message } = JSON.parse(digest ?? "");
    return typeof code === "string" && typeof message === "string" ? { code, message } : null;
  } catch {
    return null;
  }
}

export default function ErrorPage({ error, reset }: ErrorPageProps) {
  const router = useRouter();
  // The page failed on the server: it has to be asked for again, not only drawn again.
  const again = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  const known = readDigest(error.digest);
  const number = known?.code ?? error.digest ?? "";
  useEffect(() => {
    document.title = "Not shown · Cooperage";
  }, []);
  return (
    <Message
      icon={<span className="font-semibold text-title">!</span>}
      title={known?.code === "UpstreamFailed" ? "The upstream Hub did not answer" : "This page could not be shown"}
      actions={
        <>
          <Button variant="primary" size="large" onClick={again}>
            Try again
          </Button>
          <ButtonAnchor size="large" href="/">
            Go to your buckets
          </ButtonAnchor>
          {number !== "" && (
            <Button
              variant="ghost"
              size="large"
              onClick={() => copy(`${number} ${known?.message ?? ""}`.trim(), "Error")}
            >
              Copy the error
            </Button>
          )}
        </>
      }
    >
      <p>{known?.message ?? "Something failed while it was made. The server's log has the reason."}</p>
      <p>Nothing was changed: showing a page only reads.</p>
      {number !== "" && <p className="font-mono text-caption">{number}</p>}
    </Message>
  );
}
