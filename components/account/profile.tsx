"use client";

import { useMutation } from "@tanstack/react-query";
import { useRouter } from "next/navigation";
import { type FormEvent, useId, useState, useSyncExternalStore } from "react";
import { currentTheme, setTheme, THEMES, type Theme } from "#lib/browser/preferences.ts";
import { updatePassword, updateProfile } from "#lib/browser/queries/account.ts";
import { useKeysSetting } from "../shell/keys.tsx";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { Field, Input } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";

export function ProfileForm({ name, fullName }: { name: string; fullName: string }) {
  const router = useRouter();
  const id = useId();
  const [value, setValue] = useState(fullName);
  const save = useMutation({
    mutationFn: () => updateProfile({ fullName: value.trim() }),
    onSuccess: () => {
      announce("Name saved");
      router.refresh();
    },
  });
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    save.mutate();
  }
  return (
    <Card aria-labelledby={`${id}-title`} className="p-5">
      <h2 id={`${id}-title`} className="mb-3 font-semibold">
        Name
      </h2>
      <form onSubmit={onSubmit} className="grid gap-3">
        <Field
          id={id}
          label="What people call you"
          hint={
            <>
              Your user name, <code className="font-mono">{name}</code>, stands in addresses and stays as it is.
            </>
          }
        >
          <Input
            id={id}
            value={value}
            onChange={(event) => setValue(event.target.value)}
            maxLength={100}
            autoComplete="name"
          />
        </Field>
        {save.error && <ErrorNotice title="The name was not saved" error={save.error} />}
        <div className="flex justify-end">
          <Button type="submit" variant="primary" busy={save.isPending} disabled={value.trim() === fullName}>
            Save the name
          </Button>
        </div>
      </form>
    </Card>
  );
}

const PASSWORD_MIN = 8;

export function PasswordForm({ name, hasPassword }: { name: string; hasPassword: boolean }) {
  const router = useRouter();
  const ids = { title: useId(), current: useId(), next: useId() };
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const short = next !== "" && next.length < PASSWORD_MIN;
  const save = useMutation({
    mutationFn: () => updatePassword({ current: hasPassword ? current : undefined, password: next }),
    onSuccess: () => {
      setCurrent("");
      setNext("");
      announce(hasPassword ? "Password changed. Other sessions ended" : "Password set");
      router.refresh();
    },
  });
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (!short) save.mutate();
  }
  return (
    <Card aria-labelledby={ids.title} className="p-5">
      <h2 id={ids.title} className="mb-1 font-semibold">
        Password
      </h2>
      <p className="mb-3 text-muted">
        {hasPassword ? "A change ends your other sessions." : "None is set: so far you sign in by link or token."}
      </p>
      <form onSubmit={onSubmit} className="grid gap-3">
        <input type="hidden" name="username" autoComplete="username" value={name} readOnly />
        <div className="grid gap-4 sm:grid-cols-2">
          {hasPassword && (
            <Field id={ids.current} label="Present password">
              <Input
                id={ids.current}
                type="password"
                value={current}
                onChange={(event) => setCurrent(event.target.value)}
                autoComplete="current-password"
                required
              />
            </Field>
          )}
          <Field
            id={ids.next}
            label="New password"
            error={short ? `${PASSWORD_MIN - next.length} more to go: at least ${PASSWORD_MIN} characters.` : null}
            hint={`At least ${PASSWORD_MIN} characters.`}
          >
            <Input
              id={ids.next}
              type="password"
              value={next}
              onChange={(event) => setNext(event.target.value)}
              autoComplete="new-password"
              aria-invalid={short}
              required
            />
          </Field>
        </div>
        {save.error && <ErrorNotice title="The password was not changed" error={save.error} />}
        <div className="flex justify-end">
          <Button
            type="submit"
            variant="primary"
            busy={save.isPending}
            disabled={next.length < PASSWORD_MIN || (hasPassword && current === "")}
          >
            {hasPassword ? "Change the password" : "Set a password"}
          </Button>
        </div>
      </form>
    </Card>
  );
}

const THEME_NAMES: Record<Theme, string> = { system: "As the system", light: "Light", dark: "Dark" };

/** The theme can change elsewhere too (the key `t`): the document is the truth. */
function subscribeTheme(listener: () => void) {
  const observer = new MutationObserver(listener);
  observer.observe(document.documentElement, { attributeFilter: ["data-theme"] });
  return () => observer.disconnect();
}

export function PreferencesForm({ theme: initial }: { theme: Theme }) {
  const id = useId();
  const theme = useSyncExternalStore(subscribeTheme, currentTheme, () => initial);
  const { on, setOn } = useKeysSetting();
  return (
    <Card aria-labelledby={id} className="p-5">
      <h2 id={id} className="mb-1 font-semibold">
        This browser
      </h2>
      <p className="mb-3 text-muted">Kept in this browser, in effect at once.</p>
      <fieldset className="mb-4">
        <legend className="mb-1.5 font-medium">Theme</legend>
        <div className="flex flex-wrap gap-2">
          {THEMES.map((each) => (
            <label
              key={each}
              className="flex h-8.5 cursor-pointer items-center gap-2 rounded-control border border-line-strong px-3 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft pointer-coarse:h-11"
            >
              <input
                type="radio"
                name="theme"
                checked={theme === each}
                onChange={() => setTheme(each)}
                className="accent-accent"
              />
              {THEME_NAMES[each]}
            </label>
          ))}
        </div>
      </fieldset>
      <label htmlFor={`${id}-keys`} className="flex cursor-pointer items-start gap-2.5">
        <Checkbox id={`${id}-keys`} checked={on} onChange={(event) => setOn(event.target.checked)} className="mt-0.5" />
        <span>
          <span className="block font-medium">Single-key shortcuts</span>
          <span className="block text-muted text-secondary">
            j, k, x and the others. Ctrl K and Esc work either way.
          </span>
        </span>
      </label>
    </Card>
  );
}
