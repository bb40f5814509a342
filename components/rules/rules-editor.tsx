"use client";

import { useMutation } from "@tanstack/react-query";
import { Plus, ShieldCheck, ShieldOff, X } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, type ReactNode, useId, useState } from "react";
import { updateRules } from "#lib/browser/queries/rules.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { ReviewRules } from "#lib/core/plan/plan.ts";
import { Button } from "../ui/button.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { Choice } from "../ui/choice.tsx";
import { Field, Input, inputLook, Select } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";
import { type Draft, draftOf, EXPIRIES, problemsOf, rulesOf } from "./rules-draft.ts";
import { explainRules, listWords, prefixWords, spanWords } from "./rules-words.ts";

interface RulesEditorProps {
  id: BucketId;
  rules: ReviewRules;
}

/** The form of a bucket's rules, with what they would mean read out while one edits. */
export function RulesEditor({ id, rules }: RulesEditorProps) {
  const router = useRouter();
  const [saved, setSaved] = useState(rules);
  const [draft, setDraft] = useState(() => draftOf(rules));
  const problems = problemsOf(draft);
  const next = rulesOf(draft);
  const same = JSON.stringify(next) === JSON.stringify(rulesOf(draftOf(saved)));
  const save = useMutation({
    mutationFn: () => updateRules(id, next),
    onSuccess: (now) => {
      setSaved(now);
      setDraft(draftOf(now));
      announce("Rules saved. They hold from the next request on");
      router.refresh();
    },
  });
  const change = (part: Partial<Draft>) => {
    setDraft({ ...draft, ...part });
    save.reset();
  };

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (!same && Object.keys(problems).length === 0) save.mutate();
  }

  return (
    <form onSubmit={onSubmit} className="grid gap-5">
      <Meaning rules={next} />
      <Protection draft={draft} change={change} error={problems.protect} />
      <Approvers draft={draft} change={change} problems={problems} />
      <Owners draft={draft} change={change} error={problems.owners} />
      <Limits draft={draft} change={change} error={problems.limits} />
      {save.error && <ErrorNotice title="The rules were not changed" error={save.error} kept="The former ones hold." />}
      <div className="flex flex-wrap items-center justify-end gap-2">
        {!same && (
          <Button onClick={() => change(draftOf(saved))} disabled={save.isPending}>
            Back to what holds
          </Button>
        )}
        <Button
          type="submit"
          variant="primary"
          disabled={same || Object.keys(problems).length > 0}
          busy={save.isPending}
        >
          {verb(saved, next, same)}
        </Button>
      </div>
    </form>
  );
}

/** A button says what it will do. */
function verb(saved: ReviewRules, next: ReviewRules, same: boolean): string {
  if (same || JSON.stringify(saved.protect) === JSON.stringify(next.protect)) return "Change the rules";
  if (next.protect.length === 0) return "Stop protecting it";
  return `Protect ${listWords(next.protect.map(prefixWords))}`;
}

/** The rules in sentences, read out as they change. */
export function Meaning({ rules }: { rules: ReviewRules }) {
  const Icon = rules.protect.length > 0 ? ShieldCheck : ShieldOff;
  return (
    <div className="flex gap-2.5 rounded-control border border-line bg-sunken p-3">
      <Icon aria-hidden strokeWidth={1.75} className="mt-0.5 size-4 shrink-0 text-muted" />
      <ul aria-live="polite" aria-label="What these rules mean" className="grid min-w-0 gap-1">
        {explainRules(rules).map((sentence, at) => (
          <li key={sentence} className={`wrap-anywhere ${at === 0 ? "font-medium" : "text-muted"}`}>
            {sentence}
          </li>
        ))}
      </ul>
    </div>
  );
}

interface PartProps {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  error?: string;
}

const PROTECTIONS = [
  { value: "none", title: "Not protected", note: "Plans can be reviewed, but nothing is held back." },
  { value: "all", title: "The whole bucket", note: "Deletes and overwrites need an approved plan." },
  { value: "some", title: "These folders", note: "The rest of the bucket stays open." },
] as const;

function Protection({ draft, change, error }: PartProps) {
  const id = useId();
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 font-medium">Protection</legend>
      <div className="grid gap-2 sm:grid-cols-3">
        {PROTECTIONS.map(({ value, title, note }) => (
          <Choice
            key={value}
            name="protection"
            checked={draft.protection === value}
            onChoose={() => change({ protection: value })}
            title={title}
            note={note}
          />
        ))}
      </div>
      {draft.protection === "some" && (
        <Field id={id} label="Protected folders" hint="One a line: runs, export/final." error={error}>
          <Lines id={id} value={draft.folders} onChange={(folders) => change({ folders })} invalid={Boolean(error)} />
        </Field>
      )}
    </fieldset>
  );
}

function Approvers({
  draft,
  change,
  problems,
}: Omit<PartProps, "error"> & { problems: Partial<Record<string, string>> }) {
  const ids = { approvals: useId(), people: useId(), expiry: useId(), write: useId(), admin: useId() };
  const expiries = EXPIRIES.some((each) => String(each) === draft.expiresAfter)
    ? EXPIRIES
    : [...EXPIRIES, Number(draft.expiresAfter)];
  return (
    <>
      <div className="grid gap-4 sm:grid-cols-2">
        <Field id={ids.approvals} label="Approvals needed" hint="By different people." error={problems.approvals}>
          <Input
            id={ids.approvals}
            type="number"
            min={1}
            max={20}
            value={draft.approvals}
            onChange={(event) => change({ approvals: event.target.value })}
            aria-invalid={Boolean(problems.approvals)}
          />
        </Field>
        <Field id={ids.expiry} label="An approval holds" hint="What has not run by then is asked again.">
          <Select
            id={ids.expiry}
            value={draft.expiresAfter}
            onChange={(event) => change({ expiresAfter: event.target.value })}
          >
            {expiries.map((each) => (
              <option key={each ?? "never"} value={each ?? ""}>
                {each === null ? "for ever" : `for ${spanWords(each)}`}
              </option>
            ))}
          </Select>
        </Field>
      </div>
      <div className="grid gap-4 sm:grid-cols-2">
        <fieldset>
          <legend className="mb-1.5 font-medium">Who may approve</legend>
          {(["write", "admin"] as const).map((role) => (
            <label
              key={role}
              htmlFor={ids[role]}
              className="flex min-h-7 cursor-pointer items-center gap-2.5 pointer-coarse:min-h-11"
            >
              <Checkbox
                id={ids[role]}
                checked={draft.roles.includes(role)}
                onChange={() =>
                  change({
                    roles: draft.roles.includes(role)
                      ? draft.roles.filter((each) => each !== role)
                      : [...draft.roles, role],
                  })
                }
              />
              {role === "write" ? "Members with the role write" : "Admins, and the owner"}
            </label>
          ))}
        </fieldset>
        <Field
          id={ids.people}
          label="And these people"
          hint="Names, with commas between. They must be able to read the bucket."
          error={problems.people}
        >
          <Input
            id={ids.people}
            value={draft.people}
            onChange={(event) => change({ people: event.target.value })}
            placeholder="mina, yuki"
            spellCheck={false}
            autoComplete="off"
            aria-invalid={Boolean(problems.people)}
          />
        </Field>
      </div>
    </>
  );
}

function Owners({ draft, change, error }: PartProps) {
  const set = (at: number, part: Partial<Draft["owners"][number]>) =>
    change({ owners: draft.owners.map((owner, index) => (index === at ? { ...owner, ...part } : owner)) });
  return (
    <fieldset className="grid gap-2">
      <legend className="mb-1.5 font-medium">Owners</legend>
      <p className="-mt-1.5 text-muted text-secondary">
        Paths that match also need one of these people, whoever else approves. <code className="font-mono">*</code> also
        spans slashes.
      </p>
      {draft.owners.map((owner, at) => (
        <div key={owner.key} className="flex flex-wrap items-center gap-2 sm:flex-nowrap">
          <Input
            aria-label={`Glob of owners ${at + 1}`}
            value={owner.glob}
            onChange={(event) => set(at, { glob: event.target.value })}
            placeholder="runs/*/model-*.safetensors"
            spellCheck={false}
            autoComplete="off"
            className="font-mono"
          />
          <Input
            aria-label={`People of owners ${at + 1}`}
            value={owner.people}
            onChange={(event) => set(at, { people: event.target.value })}
            placeholder="mina, yuki"
            spellCheck={false}
            autoComplete="off"
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove owners ${at + 1}`}
            onClick={() => change({ owners: draft.owners.filter((_, index) => index !== at) })}
          >
            <X />
          </Button>
        </div>
      ))}
      {error && (
        <p role="alert" className="text-del-ink text-secondary">
          {error}
        </p>
      )}
      <div>
        <Button
          size="small"
          onClick={() => change({ owners: [...draft.owners, { key: crypto.randomUUID(), glob: "", people: "" }] })}
        >
          <Plus />
          Add owners of a glob
        </Button>
      </div>
    </fieldset>
  );
}

function Limits({ draft, change, error }: PartProps) {
  const ids = { share: useId(), deletes: useId(), bytes: useId(), free: useId() };
  const figures: { id: string; key: "deleteShare" | "deletes" | "gigabytes"; label: string; hint: ReactNode }[] = [
    { id: ids.share, key: "deleteShare", label: "Files changed, %", hint: "Of those under the plan's folder." },
    { id: ids.deletes, key: "deletes", label: "Files deleted", hint: "In all." },
    { id: ids.bytes, key: "gigabytes", label: "Bytes moved, GB", hint: "Uploads, downloads, copies." },
  ];
  return (
    <>
      <fieldset className="grid gap-2">
        <legend className="mb-1.5 font-medium">Limits of what is approved of one plan</legend>
        <div className="grid gap-4 sm:grid-cols-3">
          {figures.map(({ id, key, label, hint }) => (
            <Field key={key} id={id} label={label} hint={hint}>
              <Input
                id={id}
                inputMode="decimal"
                value={draft[key]}
                onChange={(event) => change({ [key]: event.target.value })}
                placeholder="no limit"
                autoComplete="off"
              />
            </Field>
          ))}
        </div>
        {error && (
          <p role="alert" className="text-del-ink text-secondary">
            {error}
          </p>
        )}
      </fieldset>
      <Field id={ids.free} label="New files need no approval under" hint="One folder a line; / for the whole bucket.">
        <Lines id={ids.free} value={draft.freeAdds} onChange={(freeAdds) => change({ freeAdds })} />
      </Field>
    </>
  );
}

interface LinesProps {
  id: string;
  value: string;
  onChange: (value: string) => void;
  invalid?: boolean;
}

function Lines({ id, value, onChange, invalid = false }: LinesProps) {
  return (
    <textarea
      id={id}
      aria-describedby={`${id}-note`}
      aria-invalid={invalid}
      rows={Math.max(2, value.split("\n").length)}
      value={value}
      onChange={(event) => onChange(event.target.value)}
      spellCheck={false}
      autoComplete="off"
      className={`${inputLook} h-auto py-1.5 font-mono text-[12px]`}
    />
  );
}
