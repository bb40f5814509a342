"use client";

import { useMutation, useQuery } from "@tanstack/react-query";
import { CircleCheck, Globe, Lock } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useId, useState } from "react";
import { bucketFreeQuery, createBucket } from "#lib/browser/queries/buckets.ts";
import type { CdnRegion, Visibility } from "#lib/core/bucket/entry.ts";
import { formatBucketId, formatHandle, isName, NAME_RULE } from "#lib/core/bucket/id.ts";
import { isHubError } from "#lib/core/errors.ts";
import { Button } from "../ui/button.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { Choice } from "../ui/choice.tsx";
import { Field, Input, Select } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { REGIONS, regionKey, regionName } from "./regions.ts";

export interface Owner {
  name: string;
  fullName: string;
  privateByDefault: boolean;
}

interface CreateBucketProps {
  owners: Owner[];
  /** Chosen at first. */
  owner: string;
}

export function CreateBucket({ owners, owner: initial }: CreateBucketProps) {
  const router = useRouter();
  const ids = { owner: useId(), name: useId(), region: useId() };
  const [owner, setOwner] = useState(initial);
  const [name, setName] = useState("");
  const [chosen, setChosen] = useState<Visibility | null>(null);
  const [region, setRegion] = useState<"" | "us" | "eu">("");
  const [cdn, setCdn] = useState<CdnRegion[]>([]);

  const visibility = chosen ?? (owners.find((each) => each.name === owner)?.privateByDefault ? "private" : "public");
  const id = formatBucketId(owner, name);
  const legal = isName(name);
  const free = useQuery({ ...bucketFreeQuery(id), enabled: legal });
  const taken = legal && free.data === false;

  const create = useMutation({
    mutationFn: () =>
      createBucket(id, { visibility, region: region || undefined, cdn: cdn.length > 0 ? cdn : undefined }),
    onSuccess: () => router.push(`/buckets/${id}`),
  });
  const lost = isHubError(create.error, "Conflict");

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (legal && !taken && !create.isPending) create.mutate();
  }

  return (
    <form onSubmit={onSubmit} className="grid gap-5">
      <div className="grid gap-4 sm:grid-cols-[minmax(0,5fr)_minmax(0,8fr)]">
        <Field id={ids.owner} label="Owner">
          <Select id={ids.owner} value={owner} onChange={(event) => setOwner(event.target.value)}>
            {owners.map((each) => (
              <option key={each.name} value={each.name}>
                {each.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field
          id={ids.name}
          label="Name"
          error={
            name !== "" && !legal
              ? `A name has ${NAME_RULE}.`
              : taken || lost
                ? `${id} exists already. Choose another name.`
                : null
          }
          hint={
            legal && free.data ? (
              <span className="flex items-center gap-1.5">
                <CircleCheck aria-hidden className="size-3.5 text-add-ink" />
                <span>
                  Free. Its handle will be <code className="font-mono wrap-anywhere">{formatHandle(id)}</code>
                </span>
              </span>
            ) : (
              `A name has ${NAME_RULE}.`
            )
          }
        >
          <Input
            id={ids.name}
            name="name"
            value={name}
            onChange={(event) => {
              setName(event.target.value.trim());
              create.reset();
            }}
            aria-invalid={(name !== "" && !legal) || taken || lost}
            required
            maxLength={96}
            spellCheck={false}
            autoComplete="off"
            autoCapitalize="off"
            autoFocus
            className="font-mono"
          />
        </Field>
      </div>
      <VisibilityChoice value={visibility} onChange={setChosen} />
      <div className="grid gap-5 sm:grid-cols-2">
        <Field id={ids.region} label="Region" hint="Where the bytes are kept. It can not be changed later.">
          <Select
            id={ids.region}
            value={region}
            onChange={(event) => setRegion(event.target.value as "" | "us" | "eu")}
          >
            <option value="">Wherever this Hub keeps them</option>
            <option value="us">United States</option>
            <option value="eu">European Union</option>
          </Select>
        </Field>
        <RegionChoice value={cdn} onChange={setCdn} />
      </div>
      {create.error && !lost && (
        <ErrorNotice title={`${id} was not made`} error={create.error} kept="Nothing was changed." />
      )}
      <div className="flex justify-end border-line border-t pt-4">
        <Button type="submit" variant="primary" size="large" busy={create.isPending} disabled={!legal || taken}>
          {legal ? `Create ${id}` : "Create bucket"}
        </Button>
      </div>
    </form>
  );
}

interface VisibilityChoiceProps {
  value: Visibility;
  onChange: (value: Visibility) => void;
}

export function VisibilityChoice({ value, onChange }: VisibilityChoiceProps) {
  return (
    <fieldset className="grid gap-1.5">
      <legend className="mb-1.5 font-medium">Visibility</legend>
      <div className="grid gap-2 sm:grid-cols-2">
        <Choice
          name="visibility"
          checked={value === "public"}
          onChoose={() => onChange("public")}
          icon={<Globe aria-hidden strokeWidth={1.75} />}
          title="Public"
          note="Anyone who reaches this server may read it."
        />
        <Choice
          name="visibility"
          checked={value === "private"}
          onChoose={() => onChange("private")}
          icon={<Lock aria-hidden strokeWidth={1.75} />}
          title="Private"
          note="Only members of its owner may read it. To others it does not exist."
        />
      </div>
    </fieldset>
  );
}

interface RegionChoiceProps {
  value: CdnRegion[];
  onChange: (value: CdnRegion[]) => void;
}

export function RegionChoice({ value, onChange }: RegionChoiceProps) {
  const id = useId();
  const chosen = new Set(value.map(regionKey));
  return (
    <fieldset className="grid content-start gap-1.5">
      <legend className="mb-1.5 font-medium">Pre-warm</legend>
      <div className="grid grid-cols-2 gap-x-4 gap-y-2">
        {REGIONS.map((region) => {
          const key = regionKey(region);
          return (
            <label
              key={key}
              htmlFor={`${id}-${key}`}
              className="flex cursor-pointer items-center gap-2.5 pointer-coarse:min-h-11"
            >
              <Checkbox
                id={`${id}-${key}`}
                checked={chosen.has(key)}
                onChange={() =>
                  onChange(chosen.has(key) ? value.filter((each) => regionKey(each) !== key) : [...value, region])
                }
              />
              {regionName(region)}
            </label>
          );
        })}
      </div>
      <p className="text-muted text-secondary">
        Regions that readers will come from. Recorded with the bucket, for clients to read.
      </p>
    </fieldset>
  );
}
