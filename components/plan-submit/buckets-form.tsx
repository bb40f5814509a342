"use client";

import { useMutation } from "@tanstack/react-query";
import { ArrowRight } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useState } from "react";
import { computePlan } from "#lib/browser/queries/plans.ts";
import { planPage } from "../plan-list/links.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";
import { COMPARE_DEFAULT, CompareOptions, patternsOf } from "./compare-options.tsx";
import { HandleField, readPlace } from "./handle-field.tsx";
import { TitleField } from "./title-field.tsx";

interface BucketsFormProps {
  /** Of the destination, "" if not said. */
  handle: string;
  namespaces: string[];
}

/** One folder of a bucket against another. The server compares, and runs what is approved: no byte goes through this machine. */
export function BucketsForm({ handle, namespaces }: BucketsFormProps) {
  const router = useRouter();
  const [source, setSource] = useState("");
  const [dest, setDest] = useState(handle);
  const [choice, setChoice] = useState({ ...COMPARE_DEFAULT, by: "content" as "time" | "content" });
  const [title, setTitle] = useState("");
  const compute = useMutation({
    mutationFn: () =>
      computePlan({
        source: source.trim(),
        dest: dest.trim(),
        delete: choice.delete,
        by: choice.by,
        filters: { include: patternsOf(choice.include), exclude: patternsOf(choice.exclude) },
        title: title.trim() || undefined,
      }),
    onSuccess: (plan) => {
      announce(`Plan #${plan.id} made`);
      router.push(planPage(plan));
      router.refresh();
    },
  });
  const ready = readPlace(source).place !== null && readPlace(dest).place !== null;

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (ready) compute.mutate();
  }

  return (
    <Card aria-label="Bucket to bucket" className="p-4">
      <form onSubmit={onSubmit} className="grid grid-cols-[minmax(0,1fr)] gap-4">
        <div className="grid items-start gap-4 sm:grid-cols-[1fr_auto_1fr]">
          <HandleField
            label="From"
            hint="A bucket, or a folder of one."
            value={source}
            onChange={setSource}
            namespaces={namespaces}
          />
          <ArrowRight aria-hidden className="mt-9 size-4 text-muted max-sm:hidden" />
          <HandleField
            label="To"
            hint="The plan is reviewed by the rules of this bucket."
            value={dest}
            onChange={setDest}
            namespaces={namespaces}
          />
        </div>
        <CompareOptions
          value={choice}
          onChange={setChoice}
          contentNote="By hash: equal bytes are left alone, whatever their times. It costs nothing here."
        />
        <TitleField value={title} onChange={setTitle} placeholder="Promote step 3000 to release" />
        {compute.error && (
          <ErrorNotice title="No plan was made" error={compute.error} kept="Neither bucket was touched." />
        )}
        <div className="flex justify-end">
          <Button type="submit" variant="primary" disabled={!ready} busy={compute.isPending}>
            Compare, then submit the plan
          </Button>
        </div>
      </form>
    </Card>
  );
}
