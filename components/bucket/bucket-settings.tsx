"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { moveBucket, updateBucket } from "#lib/browser/queries/buckets.ts";
import type { BucketInfo, CdnRegion, Visibility } from "#lib/core/bucket/entry.ts";
import { formatBucketId, isName, NAME_RULE } from "#lib/core/bucket/id.ts";
import { formatSize, plural } from "#lib/core/format.ts";
import type { ReviewRules } from "#lib/core/plan/plan.ts";
import { Meaning, RulesEditor } from "../rules/rules-editor.tsx";
import { Webhooks } from "../rules/webhooks.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Field, Input, Select } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";
import { RegionChoice, VisibilityChoice } from "./create-bucket.tsx";
import { DeleteBucketDialog } from "./delete-bucket.tsx";
import { regionKey } from "./regions.ts";

interface BucketSettingsProps {
  info: BucketInfo;
  /** Namespaces that may own it. */
  owners: string[];
  /** null: plans are not reviewed here. */
  rules: ReviewRules | null;
  /** The reader may change them. Who may set a bucket may not always: its protection is for admins. */
  mayRule: boolean;
}

export function BucketSettings({ info, owners, rules, mayRule }: BucketSettingsProps) {
  return (
    <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
      <VisibilitySection info={info} />
      {rules && (
        <>
          <Section anchor="rules" title="Protection and review" note="What a plan must pass before it runs here.">
            {mayRule ? (
              <RulesEditor id={info.id} rules={rules} />
            ) : (
              <>
                <Meaning rules={rules} />
                <p className="mt-3 text-muted text-secondary">
                  Only an admin of {info.id.split("/")[0]} changes them, signed in by password or by a token of role
                  admin.
                </p>
              </>
            )}
          </Section>
          {mayRule && (
            <Section title="Webhooks" note="Addresses that are called when something happens to a plan of this bucket.">
              <Webhooks id={info.id} />
            </Section>
          )}
        </>
      )}
      <RegionSection info={info} />
      <MoveSection info={info} owners={owners} />
      <DeleteSection info={info} figures={rules !== null} />
    </div>
  );
}

interface SectionProps {
  /** What an address's # leads to. */
  anchor?: string;
  title: string;
  note: ReactNode;
  children: ReactNode;
}

function Section({ anchor, title, note, children }: SectionProps) {
  const id = useId();
  return (
    <Card
      id={anchor}
      aria-labelledby={id}
      className="grid gap-x-8 gap-y-3 p-5 md:grid-cols-[minmax(0,2fr)_minmax(0,5fr)]"
    >
      <div>
        <h2 id={id} className="font-semibold">
          {title}
        </h2>
        <div className="mt-1 text-muted text-secondary">{note}</div>
      </div>
      <div className="min-w-0">{children}</div>
    </Card>
  );
}

function VisibilitySection({ info }: { info: BucketInfo }) {
  const router = useRouter();
  const [value, setValue] = useState<Visibility>(info.visibility);
  const save = useMutation({
    mutationFn: () => updateBucket(info.id, { visibility: value }),
    onSuccess: () => {
      announce(`${info.id} is ${value} now`);
      router.refresh();
    },
  });
  return (
    <Section title="Who may read it" note="It takes effect with the next request.">
      <div className="grid gap-3">
        <VisibilityChoice value={value} onChange={setValue} />
        {save.error && (
          <ErrorNotice
            title="Visibility was not changed"
            error={save.error}
            kept={`${info.id} stays ${info.visibility}.`}
          />
        )}
        <div className="flex justify-end">
          <Button
            variant="primary"
            disabled={value === info.visibility}
            busy={save.isPending}
            onClick={() => save.mutate()}
          >
            {value === info.visibility ? "Change visibility" : `Make it ${value}`}
          </Button>
        </div>
      </div>
    </Section>
  );
}

function RegionSection({ info }: { info: BucketInfo }) {
  const router = useRouter();
  const [value, setValue] = useState<CdnRegion[]>(info.cdnRegions);
  const same = keysOf(value) === keysOf(info.cdnRegions);
  const save = useMutation({
    mutationFn: () => updateBucket(info.id, { cdnRegions: value }),
    onSuccess: () => {
      announce("Pre-warmed regions saved");
      router.refresh();
    },
  });
  return (
    <Section title="Pre-warming" note="Regions that should hold a copy close to the machines that read it.">
      <div className="grid gap-3">
        <RegionChoice value={value} onChange={setValue} />
        {save.error && (
          <ErrorNotice title="The regions were not saved" error={save.error} kept="The former set stays." />
        )}
        <div className="flex justify-end">
          <Button variant="primary" disabled={same} busy={save.isPending} onClick={() => save.mutate()}>
            {same
              ? "Change regions"
              : value.length === 0
                ? "Stop pre-warming"
                : `Pre-warm ${plural(value.length, "region")}`}
          </Button>
        </div>
      </div>
    </Section>
  );
}

const keysOf = (regions: CdnRegion[]) => regions.map(regionKey).sort().join();

function MoveSection({ info, owners }: Pick<BucketSettingsProps, "info" | "owners">) {
  const router = useRouter();
  const [namespace, ownName] = info.id.split("/") as [string, string];
  const [owner, setOwner] = useState(namespace);
  const [name, setName] = useState(ownName);
  const ids = { owner: useId(), name: useId() };
  const to = formatBucketId(owner, name);
  const move = useMutation({
    mutationFn: () => moveBucket(info.id, to),
    onSuccess: () => {
      announce(`${info.id} is ${to} now`);
      router.replace(`/buckets/${to}/settings`);
      router.refresh();
    },
  });

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (isName(name) && to !== info.id) move.mutate();
  }

  return (
    <Section title="Address" note="No bytes move. The old address leads to the new one until another bucket takes it.">
      <form onSubmit={onSubmit} className="grid gap-3">
        <div className="grid gap-4 sm:grid-cols-[minmax(0,2fr)_minmax(0,3fr)]">
          <Field id={ids.owner} label="Owner">
            <Select id={ids.owner} value={owner} onChange={(event) => setOwner(event.target.value)}>
              {[...new Set([namespace, ...owners])].map((each) => (
                <option key={each} value={each}>
                  {each}
                </option>
              ))}
            </Select>
          </Field>
          <Field id={ids.name} label="Name" error={isName(name) ? null : `A name has ${NAME_RULE}.`}>
            <Input
              id={ids.name}
              value={name}
              onChange={(event) => {
                setName(event.target.value.trim());
                move.reset();
              }}
              aria-invalid={!isName(name)}
              maxLength={96}
              spellCheck={false}
              autoComplete="off"
              className="font-mono"
            />
          </Field>
        </div>
        {move.error && (
          <ErrorNotice title={`It was not renamed to ${to}`} error={move.error} kept={`${info.id} stays as it is.`} />
        )}
        <div className="flex justify-end">
          <Button type="submit" variant="primary" disabled={!isName(name) || to === info.id} busy={move.isPending}>
            {owner === namespace ? "Rename" : `Transfer to ${owner}`}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function DeleteSection({ info, figures }: { info: BucketInfo; figures: boolean }) {
  const [open, setOpen] = useState(false);
  return (
    <Section title="Delete this bucket" note="All its files go with it. It can not be undone.">
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="text-muted">{`${plural(info.files, "file")}, ${formatSize(info.size)} logical.`}</p>
        <Button variant="danger" onClick={() => setOpen(true)}>
          Delete this bucket
        </Button>
      </div>
      {open && <DeleteBucketDialog info={info} figures={figures} onClose={() => setOpen(false)} />}
    </Section>
  );
}
