"use client";

import { useMutation } from "@tanstack/react-query";
import { CircleCheck, KeyRound } from "lucide-react";
import { useRouter } from "next/navigation";
import { type FormEvent, useId, useState } from "react";
import { createToken, type NewToken, revokeToken } from "#lib/browser/queries/account.ts";
import { Badge } from "../ui/badge.tsx";
import { Button } from "../ui/button.tsx";
import { Card, CardHead } from "../ui/card.tsx";
import { Code } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, Input, Select } from "../ui/field.tsx";
import { Until } from "../ui/full-time.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Time } from "../ui/time.tsx";
import { announce } from "../ui/toast.tsx";

export interface TokenRow {
  id: string;
  label: string;
  role: string;
  scope: string | null;
  hint: string;
  createdAt: number;
  expiresAt: number | null;
  lastUsedAt: number | null;
}

const ROLES = [
  { value: "write", name: "Write", note: "Reads and changes buckets. What the hf command needs." },
  {
    value: "propose",
    name: "Propose",
    note: "Reads buckets and submits plans for review. For agents and jobs: it never changes a file, nor decides.",
  },
  { value: "read", name: "Read", note: "Reads buckets, changes nothing." },
  { value: "admin", name: "Admin", note: "Also settings, deletion of buckets and the account." },
] as const;

/** Days; null: never. */
const LIFETIMES = [7, 30, 90, 365, null];
const DAY_MS = 24 * 3600_000;

interface CreateTokenProps {
  /** Namespaces that it may be limited to. */
  namespaces: string[];
  origin: string;
}

export function CreateToken({ namespaces, origin }: CreateTokenProps) {
  const router = useRouter();
  const ids = { title: useId(), label: useId(), role: useId(), scope: useId(), life: useId() };
  const [label, setLabel] = useState("");
  const [role, setRole] = useState<NewToken["role"]>("write");
  const [scope, setScope] = useState("");
  const [days, setDays] = useState("90");
  const create = useMutation({
    mutationFn: () =>
      createToken({
        label: label.trim(),
        role,
        scope: scope === "" ? null : scope,
        expiresAt: days === "" ? null : Date.now() + Number(days) * DAY_MS,
      }),
    onSuccess: () => {
      setLabel("");
      router.refresh();
    },
  });
  function onSubmit(event: FormEvent) {
    event.preventDefault();
    create.mutate();
  }
  return (
    <Card aria-labelledby={ids.title} className="p-5">
      <h2 id={ids.title} className="mb-3 font-semibold">
        New token
      </h2>
      {create.data && (
        <div role="status" className="mb-4 grid gap-2 rounded-control border border-add/40 bg-add-soft p-3.5">
          <p className="flex items-center gap-2 font-semibold">
            <CircleCheck aria-hidden className="size-4 text-add-ink" />
            Copy it now: it is not shown again
          </p>
          <Code text={create.data.token} what="Token" />
          <p className="text-muted text-secondary">The two lines that connect the hf command:</p>
          <Code text={`export HF_ENDPOINT=${origin}\nexport HF_TOKEN=${create.data.token}`} what="Lines" />
        </div>
      )}
      <form onSubmit={onSubmit} className="grid gap-4 sm:grid-cols-2">
        <Field id={ids.label} label="Label" hint="What uses it, so that you know it again.">
          <Input
            id={ids.label}
            value={label}
            onChange={(event) => setLabel(event.target.value)}
            maxLength={100}
            placeholder="training cluster"
            autoComplete="off"
            required
          />
        </Field>
        <Field id={ids.role} label="It may" hint={ROLES.find((each) => each.value === role)?.note}>
          <Select id={ids.role} value={role} onChange={(event) => setRole(event.target.value as NewToken["role"])}>
            {ROLES.map((each) => (
              <option key={each.value} value={each.value}>
                {each.name}
              </option>
            ))}
          </Select>
        </Field>
        <Field id={ids.scope} label="In" hint="Everything else does not exist for it.">
          <Select id={ids.scope} value={scope} onChange={(event) => setScope(event.target.value)}>
            <option value="">All buckets you reach</option>
            {namespaces.map((namespace) => (
              <option key={namespace} value={namespace}>
                {`Only ${namespace}`}
              </option>
            ))}
          </Select>
        </Field>
        <Field id={ids.life} label="Ends after">
          <Select id={ids.life} value={days} onChange={(event) => setDays(event.target.value)}>
            {LIFETIMES.map((each) => (
              <option key={each ?? "never"} value={each ?? ""}>
                {each === null ? "never" : `${each} days`}
              </option>
            ))}
          </Select>
        </Field>
        {create.error && (
          <div className="sm:col-span-2">
            <ErrorNotice title="No token was made" error={create.error} />
          </div>
        )}
        <div className="flex justify-end sm:col-span-2">
          <Button type="submit" variant="primary" busy={create.isPending}>
            {`Make a ${role} token`}
          </Button>
        </div>
      </form>
    </Card>
  );
}

export function TokenList({ tokens }: { tokens: TokenRow[] }) {
  const [revoking, setRevoking] = useState<TokenRow | null>(null);
  return (
    <Card aria-label="Tokens" className="overflow-clip">
      <CardHead
        title={tokens.length === 1 ? "1 token" : `${tokens.length} tokens`}
        icon={<KeyRound aria-hidden strokeWidth={1.75} />}
      />
      {tokens.length === 0 && (
        <p className="px-4 py-8 text-center text-muted">No token yet. Clients outside the browser need one.</p>
      )}
      {tokens.length > 0 && (
        <table className="w-full border-separate border-spacing-0 text-left max-sm:block">
          <thead className="max-sm:sr-only">
            <tr className="h-8.5 text-muted text-secondary [&>th]:border-line [&>th]:border-b [&>th]:px-3.5 [&>th]:font-medium">
              <th scope="col">Token</th>
              <th scope="col">It may</th>
              <th scope="col">Used</th>
              <th scope="col">Ends</th>
              <th scope="col">
                <span className="sr-only">Actions</span>
              </th>
            </tr>
          </thead>
          <tbody className="max-sm:block">
            {tokens.map((token) => (
              <tr
                key={token.id}
                className="max-sm:flex max-sm:flex-wrap max-sm:items-center max-sm:gap-y-1.5 max-sm:py-2.5 [&:not(:last-child)>td]:border-hairline sm:[&:not(:last-child)>td]:border-b [&>td]:px-3.5 sm:[&>td]:py-2.5"
              >
                <td className="max-sm:w-full">
                  <span className="block font-medium wrap-anywhere">{token.label || "no label"}</span>
                  <span className="text-muted text-secondary">
                    <code className="mr-1.5 font-mono">{`hf_…${token.hint}`}</code>
                    made <Time value={token.createdAt} />
                  </span>
                </td>
                <td>
                  <span className="flex flex-wrap gap-1.5">
                    <Badge tone={token.role === "admin" ? "mod" : token.role === "read" ? "outline" : "accent"}>
                      {token.role}
                    </Badge>
                    {token.scope && <Badge>{token.scope}</Badge>}
                  </span>
                </td>
                <td className="text-muted">
                  {token.lastUsedAt === null ? "never" : <Time value={token.lastUsedAt} />}
                </td>
                <td className="text-muted max-sm:mr-auto">
                  {token.expiresAt === null ? "never" : <Until value={token.expiresAt} />}
                </td>
                <td className="text-right">
                  <Button variant="danger" size="small" onClick={() => setRevoking(token)}>
                    Revoke
                  </Button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </Card>
  );
}

function RevokeDialog({ token, onClose }: { token: TokenRow; onClose: () => void }) {
  const router = useRouter();
  const name = token.label || `hf_…${token.hint}`;
  const revoke = useMutation({
    mutationFn: () => revokeToken(token.id),
    onSuccess: () => {
      announce(`${name} revoked`);
      onClose();
      router.refresh();
    },
  });
  return (
    <Dialog
      title={`Revoke ${name}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="delete" busy={revoke.isPending} onClick={() => revoke.mutate()}>
            Revoke the token
          </Button>
        </>
      }
    >
      <p className="text-muted">
        Whatever uses it is refused from now on. Sessions that were opened with it end. No file changes.
      </p>
      {revoke.error && (
        <div className="mt-3">
          <ErrorNotice title="The token was not revoked" error={revoke.error} kept="It still works." />
        </div>
      )}
    </Dialog>
  );
}
