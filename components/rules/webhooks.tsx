"use client";

import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { CircleAlert, CircleCheck, CircleDashed, Plus } from "lucide-react";
import { type FormEvent, useId, useState } from "react";
import {
  createWebhook,
  deleteWebhook,
  WEBHOOK_EVENTS,
  type WebhookInfo,
  webhooksQuery,
} from "#lib/browser/queries/rules.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { Button } from "../ui/button.tsx";
import { Checkbox } from "../ui/checkbox.tsx";
import { Code } from "../ui/code.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Field, Input } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { Time } from "../ui/time.tsx";
import { announce } from "../ui/toast.tsx";

const EVENT_WORDS: Record<string, string> = {
  "plan.submitted": "submitted",
  "plan.decided": "decided",
  "plan.stale": "out of date",
  "plan.run": "run",
};

/** Who outside is told of the bucket's plans. */
export function Webhooks({ id }: { id: BucketId }) {
  const hooks = useQuery(webhooksQuery(id));
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<(WebhookInfo & { secret: string }) | null>(null);
  const [removing, setRemoving] = useState<WebhookInfo | null>(null);
  return (
    <div className="grid gap-3">
      {hooks.error && (
        <ErrorNotice
          title="The webhooks could not be read"
          error={hooks.error}
          action={<Button onClick={() => hooks.refetch()}>Read them again</Button>}
        />
      )}
      {made && (
        <div role="status" className="grid gap-2 rounded-control border border-add/40 bg-add-soft p-3.5">
          <p className="flex items-center gap-2 font-semibold">
            <CircleCheck aria-hidden className="size-4 shrink-0 text-add-ink" />
            Copy the secret now: it is not shown again
          </p>
          <Code text={made.secret} what="Secret" />
          <p className="text-ink/80 text-secondary">
            Each call is signed with it, so that {new URL(made.url).host} can tell it from a forged one.
          </p>
        </div>
      )}
      {hooks.isPending && <span className="skeleton after-150 h-10" />}
      {hooks.data?.length === 0 && !adding && <p className="text-muted">Nobody is told.</p>}
      {(hooks.data?.length ?? 0) > 0 && (
        <ul aria-label="Webhooks" className="overflow-clip rounded-control border border-line">
          {hooks.data!.map((hook) => (
            <li
              key={hook.id}
              className="flex flex-wrap items-center gap-x-3 gap-y-1.5 border-hairline p-3 not-last:border-b"
            >
              <span className="grid min-w-0 flex-1 basis-64">
                <code className="truncate font-mono text-[12px]" title={hook.url}>
                  {hook.url}
                </code>
                <span className="text-muted text-secondary">
                  {`when a plan is ${hook.events.map((event) => EVENT_WORDS[event] ?? event).join(", ")}`}
                </span>
              </span>
              <LastCall last={hook.last} />
              <Button variant="danger" size="small" onClick={() => setRemoving(hook)}>
                Remove
              </Button>
            </li>
          ))}
        </ul>
      )}
      {adding ? (
        <AddWebhook
          id={id}
          onMade={(hook) => {
            setMade(hook);
            setAdding(false);
          }}
          onCancel={() => setAdding(false)}
        />
      ) : (
        <div className="flex justify-end">
          <Button onClick={() => setAdding(true)}>
            <Plus />
            Add a webhook
          </Button>
        </div>
      )}
      {removing && <RemoveDialog id={id} hook={removing} onClose={() => setRemoving(null)} />}
    </div>
  );
}

function LastCall({ last }: { last: WebhookInfo["last"] }) {
  if (last === null) {
    return (
      <span className="flex items-center gap-1.5 text-muted text-secondary">
        <CircleDashed aria-hidden className="size-3.5" />
        not called yet
      </span>
    );
  }
  const ok = last.status >= 200 && last.status < 300;
  const Icon = ok ? CircleCheck : CircleAlert;
  return (
    <span className={`flex items-center gap-1.5 text-secondary ${ok ? "text-muted" : "text-del-ink"}`}>
      <Icon aria-hidden className={`size-3.5 ${ok ? "text-add-ink" : ""}`} />
      <span title={last.message}>
        {last.status === 0 ? "no answer" : `answered ${last.status}`} <Time value={last.at} />
      </span>
    </span>
  );
}

interface AddWebhookProps {
  id: BucketId;
  onMade: (hook: WebhookInfo & { secret: string }) => void;
  onCancel: () => void;
}

function AddWebhook({ id, onMade, onCancel }: AddWebhookProps) {
  const client = useQueryClient();
  const ids = { url: useId(), events: useId() };
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState<readonly string[]>(WEBHOOK_EVENTS);
  const add = useMutation({
    mutationFn: () => createWebhook(id, { url: url.trim(), events: [...events] }),
    onSuccess: (hook) => {
      client.invalidateQueries({ queryKey: webhooksQuery(id).queryKey });
      onMade(hook);
    },
  });
  const legal = URL.canParse(url.trim()) && /^https?:/.test(url.trim());

  function onSubmit(event: FormEvent) {
    event.preventDefault();
    if (legal && events.length > 0) add.mutate();
  }

  return (
    <form onSubmit={onSubmit} className="grid gap-3 rounded-control border border-line p-3.5">
      <Field
        id={ids.url}
        label="Address to call"
        hint="It gets a POST with JSON. Other answers than 2xx are tried again for a while."
        error={url.trim() !== "" && !legal ? "An address starts with https:// or http://." : null}
      >
        <Input
          id={ids.url}
          type="url"
          value={url}
          onChange={(event) => setUrl(event.target.value)}
          placeholder="https://ci.example.org/hooks/plans"
          spellCheck={false}
          autoComplete="off"
          autoFocus
          required
          className="font-mono"
        />
      </Field>
      <fieldset>
        <legend className="mb-1 font-medium">When a plan is</legend>
        <div className="flex flex-wrap gap-x-5">
          {WEBHOOK_EVENTS.map((event) => (
            <label
              key={event}
              htmlFor={`${ids.events}-${event}`}
              className="flex min-h-7 cursor-pointer items-center gap-2.5 pointer-coarse:min-h-11"
            >
              <Checkbox
                id={`${ids.events}-${event}`}
                checked={events.includes(event)}
                onChange={() =>
                  setEvents(
                    events.includes(event)
                      ? events.filter((each) => each !== event)
                      : WEBHOOK_EVENTS.filter((each) => each === event || events.includes(each)),
                  )
                }
              />
              {EVENT_WORDS[event]}
            </label>
          ))}
        </div>
      </fieldset>
      {add.error && <ErrorNotice title="The webhook was not added" error={add.error} kept="Nobody new is told." />}
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Leave it</Button>
        <Button type="submit" variant="primary" disabled={!legal || events.length === 0} busy={add.isPending}>
          Add the webhook
        </Button>
      </div>
    </form>
  );
}

function RemoveDialog({ id, hook, onClose }: { id: BucketId; hook: WebhookInfo; onClose: () => void }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteWebhook(id, hook.id),
    onSuccess: () => {
      announce("Webhook removed");
      client.invalidateQueries({ queryKey: webhooksQuery(id).queryKey });
      onClose();
    },
  });
  return (
    <Dialog
      title="Remove the webhook?"
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Keep it</Button>
          <Button variant="delete" busy={remove.isPending} onClick={() => remove.mutate()}>
            Remove it
          </Button>
        </>
      }
    >
      <p className="text-muted wrap-anywhere">{`${hook.url} is no longer called. Its secret is forgotten.`}</p>
      {remove.error && (
        <div className="mt-3">
          <ErrorNotice title="The webhook was not removed" error={remove.error} kept="It is still called." />
        </div>
      )}
    </Dialog>
  );
}
