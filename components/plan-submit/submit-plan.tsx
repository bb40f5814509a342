"use client";

import { FileJson2, FolderSync, Server } from "lucide-react";
import { useRouter, useSearchParams } from "next/navigation";
import { lazy, type ReactNode, Suspense, useState } from "react";
import { PlanListSkeleton } from "../plan-list/plan-list.tsx";
import { Card } from "../ui/card.tsx";
import { FileForm } from "./file-form.tsx";

const LocalForm = lazy(() => import("./local-form.tsx").then((module) => ({ default: module.LocalForm })));
const BucketsForm = lazy(() => import("./buckets-form.tsx").then((module) => ({ default: module.BucketsForm })));

const WAYS = [
  { key: "file", name: "A plan file", note: "Written by hf buckets sync", icon: <FileJson2 /> },
  { key: "folder", name: "A folder of this machine", note: "Compared here, in the browser", icon: <FolderSync /> },
  { key: "buckets", name: "Bucket to bucket", note: "Compared by this server", icon: <Server /> },
] as const;
type Way = (typeof WAYS)[number]["key"];

interface SubmitPlanProps {
  /** Whose buckets are offered. */
  namespaces: string[];
  /** Handle that the plan is about, "" if not said. */
  handle: string;
  /** Beside the form. */
  aside: ReactNode;
}

/** The three ways in which a plan comes to be. */
export function SubmitPlan({ namespaces, handle, aside }: SubmitPlanProps) {
  const router = useRouter();
  const params = useSearchParams();
  const way = WAYS.find(({ key }) => key === params.get("from"))?.key ?? "file";
  const [refusal, setRefusal] = useState<ReactNode>(null);

  function choose(next: Way) {
    const query = new URLSearchParams(params);
    if (next === "file") query.delete("from");
    else query.set("from", next);
    setRefusal(null);
    router.replace(query.size === 0 ? "/plans/new" : `/plans/new?${query}`, { scroll: false });
  }

  return (
    <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-5 xl:grid-cols-[minmax(0,1fr)_344px]">
      <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <fieldset className="grid gap-2 sm:grid-cols-3">
          <legend className="sr-only">Where the plan comes from</legend>
          {WAYS.map(({ key, name, note, icon }) => (
            <label
              key={key}
              className="flex cursor-pointer items-center gap-3 rounded-card border border-line bg-panel p-3 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:outline-2 has-focus-visible:outline-focus has-focus-visible:outline-offset-2 [&>svg]:size-4.5 [&>svg]:shrink-0 [&>svg]:stroke-[1.75] [&>svg]:text-muted"
            >
              {icon}
              <span className="mr-auto">
                <span className="block font-medium">{name}</span>
                <span className="block text-muted text-secondary">{note}</span>
              </span>
              <input
                type="radio"
                name="way"
                checked={way === key}
                onChange={() => choose(key)}
                className="size-4 accent-accent"
              />
            </label>
          ))}
        </fieldset>
        {way === "file" ? (
          <FileForm onRefused={setRefusal} />
        ) : (
          <Suspense
            fallback={
              <Card>
                <PlanListSkeleton />
              </Card>
            }
          >
            {way === "folder" ? (
              <LocalForm handle={handle} namespaces={namespaces} />
            ) : (
              <BucketsForm handle={handle} namespaces={namespaces} />
            )}
          </Suspense>
        )}
      </div>
      <aside aria-label="Help" className="grid grid-cols-[minmax(0,1fr)] gap-4">
        {aside}
        {refusal}
      </aside>
    </div>
  );
}
