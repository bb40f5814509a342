"use client";

import { useMutation } from "@tanstack/react-query";
import { type FormEvent, useEffect, useEffectEvent, useId, useState } from "react";
import { type Credentials, signIn } from "#lib/browser/queries/account.ts";
import { isHubError } from "#lib/core/errors.ts";
import { Button } from "../ui/button.tsx";
import { Field, Input } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Tabs } from "../ui/tabs.tsx";

interface SignInProps {
  /** Where to go then: a path of this server. */
  next: string;
  /** From a one-time link. */
  code: string | null;
  /** Set: a token of that Hub is asked for, and nothing else. */
  upstream: string | null;
}

export function SignIn({ next, code, upstream }: SignInProps) {
  const enter = useMutation({
    mutationFn: (credentials: Credentials) => signIn(credentials),
    // A full load: everything on the page belongs to who is signed in.
    onSuccess: () => window.location.replace(next),
  });
  const open = useEffectEvent(() => code !== null && enter.mutate({ code }));
  useEffect(() => {
    open();
  }, []);

  const { error, variables: tried } = enter;
  const failed = error && (
    <ErrorNotice
      title={tried && "code" in tried ? "The link did not sign you in" : "Not signed in"}
      // The API speaks of headers here; a person pasted a token.
      error={
        tried && "token" in tried && isHubError(error, "Unauthorized")
          ? new Error("The token is unknown, has ended, or was revoked.")
          : error
      }
      kept={
        isHubError(error, "Gone")
          ? "A link works once, within an hour. The server's admin command makes tokens at any time."
          : undefined
      }
    />
  );
  // After success the page is on its way out: keep the ring turning.
  const busy = enter.isPending || enter.isSuccess;
  if (code !== null && !error) {
    return (
      <p role="status" className="flex items-center justify-center gap-3 py-6 text-muted">
        <span aria-hidden className="spinner size-4" />
        Signing you in…
      </p>
    );
  }
  const byToken = (
    <TokenForm
      busy={busy}
      onToken={(token) => enter.mutate({ token })}
      hint={
        upstream
          ? `It stays on this server and goes to ${upstream} alone.`
          : "The session may do what the token may do, and ends with it."
      }
    />
  );
  if (upstream !== null) {
    return (
      <div className="grid gap-4">
        {failed}
        {byToken}
      </div>
    );
  }
  return (
    <div className="grid gap-4">
      {failed}
      <Tabs
        label="Way to sign in"
        tabs={[
          {
            key: "password",
            title: "Account",
            content: <PasswordForm busy={busy} onPassword={(name, password) => enter.mutate({ name, password })} />,
          },
          { key: "token", title: "Token", content: byToken },
        ]}
      >
        {(strip, panel) => (
          <>
            <div>{strip}</div>
            {panel}
          </>
        )}
      </Tabs>
    </div>
  );
}

function PasswordForm({ busy, onPassword }: { busy: boolean; onPassword: (name: string, password: string) => void }) {
  const ids = { name: useId(), password: useId() };
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    onPassword(name.trim(), password);
  }
  return (
    <form onSubmit={onSubmit} className="grid gap-4">
      <Field id={ids.name} label="User name">
        <Input
          id={ids.name}
          name="username"
          value={name}
          onChange={(event) => setName(event.target.value)}
          autoComplete="username"
          autoCapitalize="off"
          spellCheck={false}
          required
        />
      </Field>
      <Field
        id={ids.password}
        label="Password"
        hint="None set yet? Use the link that the server printed, or an access token."
      >
        <Input
          id={ids.password}
          name="password"
          type="password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
          autoComplete="current-password"
          required
        />
      </Field>
      <Button type="submit" variant="primary" size="large" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}

function TokenForm({ busy, onToken, hint }: { busy: boolean; onToken: (token: string) => void; hint: string }) {
  const id = useId();
  const [token, setToken] = useState("");
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    onToken(token.trim());
  }
  return (
    <form onSubmit={onSubmit} className="grid gap-4">
      <Field id={id} label="Access token" hint={hint}>
        <Input
          id={id}
          name="token"
          type="password"
          value={token}
          onChange={(event) => setToken(event.target.value)}
          placeholder="hf_…"
          autoComplete="off"
          spellCheck={false}
          required
          className="font-mono"
        />
      </Field>
      <Button type="submit" variant="primary" size="large" busy={busy}>
        Sign in
      </Button>
    </form>
  );
}
