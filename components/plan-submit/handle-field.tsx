"use client";

import { useQueries } from "@tanstack/react-query";
import { useId } from "react";
import { bucketsQuery } from "#lib/browser/queries/buckets.ts";
import { formatHandle } from "#lib/core/bucket/id.ts";
import { isHubError } from "#lib/core/errors.ts";
import { type Place, parsePlace } from "#lib/core/plan/place.ts";
import { Field, Input } from "../ui/field.tsx";

interface HandleFieldProps {
  label: string;
  hint: string;
  value: string;
  onChange: (value: string) => void;
  /** Whose buckets are offered. */
  namespaces: string[];
}

/** A folder of a bucket, as its `hf://` handle; the reader's own buckets are offered while one types. */
export function HandleField({ label, hint, value, onChange, namespaces }: HandleFieldProps) {
  const id = useId();
  const lists = useQueries({ queries: namespaces.map((namespace) => bucketsQuery(namespace)) });
  const handles = lists.flatMap((list) => list.data ?? []).map((bucket) => formatHandle(bucket.id));
  const { error } = readPlace(value);
  return (
    <Field id={id} label={label} hint={hint} error={error}>
      <Input
        id={id}
        list={`${id}-handles`}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        placeholder="hf://buckets/owner/bucket/folder"
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="off"
        aria-invalid={error !== null}
        className="font-mono"
      />
      <datalist id={`${id}-handles`}>
        {handles.map((handle) => (
          <option key={handle} value={handle} />
        ))}
      </datalist>
    </Field>
  );
}

/** What was typed as a place; while it is none, why. An empty field is no error yet. */
export function readPlace(text: string): { place: Place | null; error: string | null } {
  const typed = text.trim();
  if (typed === "") return { place: null, error: null };
  try {
    const place = parsePlace(typed);
    return place === null ? { place, error: "A handle starts with hf://buckets/." } : { place, error: null };
  } catch (error) {
    if (!isHubError(error)) throw error;
    return { place: null, error: error.message };
  }
}
