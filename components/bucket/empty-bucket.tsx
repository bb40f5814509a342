"use client";

import { useInfiniteQuery } from "@tanstack/react-query";
import { Copy, KeyRound } from "lucide-react";
import { useRouter } from "next/navigation";
import { useEffect, useEffectEvent } from "react";
import { treeQuery } from "#lib/browser/queries/tree.ts";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { BarrelScene } from "../shell/barrel.tsx";
import { refreshPage } from "../shell/refresh-page.ts";
import { Button, ButtonLink } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { announce, copy } from "../ui/toast.tsx";
import { PickButtons } from "../upload/pick-buttons.tsx";
import { SnippetCard } from "./snippet-card.tsx";
import { connectLines, writeSnippets } from "./snippets.ts";

interface EmptyBucketProps {
  id: BucketId;
  origin: string;
  write: boolean;
  /** Files can be uploaded from here. */
  upload: boolean;
  /** The embedded Hub makes tokens here. */
  tokens: boolean;
}

/** What to do with a bucket that holds nothing yet; turns into its list of files by itself. */
export function EmptyBucket({ id, origin, write, upload, tokens }: EmptyBucketProps) {
  const router = useRouter();
  const tree = useInfiniteQuery({
    ...treeQuery(id, "", { sort: "name", direction: "asc", filter: "" }),
    refetchInterval: (query) => ((query.state.data?.pages[0]?.items.length ?? 0) > 0 ? false : 2500),
  });
  const filled = (tree.data?.pages[0]?.items.length ?? 0) > 0;
  const onFilled = useEffectEvent(() => {
    announce("The first files are here");
    refreshPage(router);
  });
  useEffect(() => {
    if (filled) onFilled();
  }, [filled]);

  const name = id.slice(id.indexOf("/") + 1);
  const command = `hf buckets sync ./${name} ${formatHandle(id)}`;
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(0,1fr)_minmax(0,420px)]">
      <div className="flex min-h-[372px] flex-col items-center justify-center gap-2 rounded-card border border-accent-line border-dashed bg-accent-soft/45 px-6 py-10 text-center">
        <BarrelScene className="mb-4 w-32" />
        <h2 className="font-semibold text-title">
          {upload
            ? "Drop a folder to fill this bucket"
            : write
              ? "Send a folder to fill this bucket"
              : "Nothing in this bucket yet"}
        </h2>
        <p className="max-w-[46ch] text-muted text-prose">
          {upload
            ? "It is chunked and hashed in your browser first. Bytes that this server already stores are found and never sent."
            : write
              ? "The client cuts files into chunks and hashes them first. Bytes that this server stores already are found and not sent."
              : "Its files will stand here as soon as someone with the right to write sends them."}
        </p>
        {upload && <PickButtons place={{ bucket: id, prefix: "", origin }} />}
        {write && !upload && (
          <>
            <div className="mt-4 flex flex-wrap justify-center gap-2">
              <Button variant="primary" size="large" onClick={() => copy(command, "Command")}>
                <Copy />
                Copy the command
              </Button>
              {tokens && (
                <ButtonLink size="large" href="/settings/tokens" prefetch={false}>
                  <KeyRound />
                  Make a token
                </ButtonLink>
              )}
            </div>
            <code className="mt-3 max-w-full font-mono text-[11.5px] text-muted wrap-anywhere">{command}</code>
          </>
        )}
      </div>
      {write ? (
        <SnippetCard
          title="From a terminal"
          set={writeSnippets(id, "", origin)}
          first={{ title: "Point the client here", text: connectLines(origin) }}
        >
          <Waiting filled={filled} />
        </SnippetCard>
      ) : (
        <Card className="p-3.5">
          <Waiting filled={filled} />
        </Card>
      )}
    </div>
  );
}

function Waiting({ filled }: { filled: boolean }) {
  return (
    <p role="status" className="flex items-center gap-2.5 text-muted">
      <span
        aria-hidden
        className="size-3 shrink-0 rounded-full border-2 border-panel bg-stored outline-1 outline-stored"
      />
      {filled ? "The first files are here." : "Waiting for the first file. This page updates by itself."}
    </p>
  );
}
