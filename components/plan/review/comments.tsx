"use client";

import { useMutation } from "@tanstack/react-query";
import { Pencil, Trash2 } from "lucide-react";
import { type FormEvent, type KeyboardEvent, useId, useState } from "react";
import { addComment, editComment, removeComment } from "#lib/browser/queries/plan.ts";
import type { PlanComment } from "#lib/core/plan/plan.ts";
import { DoerFace, doerWords } from "../../plan-list/doer-face.tsx";
import { Button } from "../../ui/button.tsx";
import { inputLook } from "../../ui/field.tsx";
import { ErrorNotice } from "../../ui/notice.tsx";
import { Time } from "../../ui/time.tsx";
import { announce } from "../../ui/toast.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";

interface ThreadProps {
  comments: PlanComment[];
  /** What a new comment is about; null: the plan. */
  path: string | null;
  /** The field is open from the start. */
  writing?: boolean;
  onClose?: () => void;
}

/** What was said about one thing, and a field to say more. */
export function Thread({ comments, path, writing = false, onClose }: ThreadProps) {
  const { plan } = useReview();
  return (
    <div className="divide-y divide-line rounded-card border border-line-strong bg-panel">
      {comments.map((comment) => (
        <Comment key={comment.id} comment={comment} />
      ))}
      {plan.rights.comment ? (
        <Composer path={path} open={writing || comments.length === 0} onClose={onClose} />
      ) : (
        comments.length === 0 && <p className="px-3 py-2.5 text-muted">Nobody has commented on this.</p>
      )}
    </div>
  );
}

function Comment({ comment }: { comment: PlanComment }) {
  const { plan, me } = useReview();
  const changed = usePlanChanged();
  const [editing, setEditing] = useState(false);
  const remove = useMutation({
    mutationFn: () => removeComment(plan.id, comment.id),
    onSuccess: () => {
      announce("Comment taken back");
      return changed();
    },
  });
  const mine = comment.by.name === me && !comment.by.agent;
  return (
    <article aria-label={`Comment of ${doerWords(comment.by)}`} className="flex gap-2.5 px-3 py-2.5">
      <DoerFace by={comment.by} size="normal" />
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-baseline gap-x-2">
          <span className="font-medium">{mine ? "You" : doerWords(comment.by)}</span>
          <span className="text-muted text-secondary">
            <Time value={comment.at} />
            {comment.editedAt !== null && " · edited"}
          </span>
        </p>
        {editing ? (
          <Editor
            label="Comment"
            value={comment.body}
            verb="Save"
            send={(body) => editComment(plan.id, comment.id, body)}
            onDone={() => setEditing(false)}
            onCancel={() => setEditing(false)}
          />
        ) : (
          <p className="whitespace-pre-wrap wrap-anywhere">
            <Mentions text={comment.body} />
          </p>
        )}
        {remove.error && <ErrorNotice title="The comment stands" error={remove.error} />}
      </div>
      {comment.mine && !editing && (
        <div className="flex shrink-0">
          <Button variant="ghost" size="iconSmall" aria-label="Edit this comment" onClick={() => setEditing(true)}>
            <Pencil />
          </Button>
          <Button
            variant="ghost"
            size="iconSmall"
            aria-label="Take this comment back"
            busy={remove.isPending}
            onClick={() => remove.mutate()}
          >
            {!remove.isPending && <Trash2 />}
          </Button>
        </div>
      )}
    </article>
  );
}

/** Names after an @ stand out. */
function Mentions({ text }: { text: string }) {
  return text.split(/(@[A-Za-z0-9][A-Za-z0-9_.-]*)/).map((part, at) =>
    at % 2 === 1 ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: parts of one text never move
      <strong key={at} className="font-medium text-accent-ink">
        {part}
      </strong>
    ) : (
      part
    ),
  );
}

function Composer({ path, open, onClose }: { path: string | null; open: boolean; onClose?: () => void }) {
  const { plan } = useReview();
  const [writing, setWriting] = useState(open);
  const [wasOpen, setWasOpen] = useState(open);
  if (open !== wasOpen) {
    setWasOpen(open);
    if (open) setWriting(true);
  }
  if (!writing) {
    return (
      <div className="px-2 py-1.5">
        <Button variant="ghost" size="small" onClick={() => setWriting(true)}>
          Reply
        </Button>
      </div>
    );
  }
  return (
    <div className="px-3 py-2.5">
      <Editor
        label={path === null ? "Comment on the plan" : `Comment on ${path}`}
        value=""
        verb="Comment"
        focus={path !== null && open}
        send={(body) => addComment(plan.id, path, body)}
        onDone={() => setWriting(path === null)}
        onCancel={
          path === null
            ? undefined
            : () => {
                setWriting(false);
                onClose?.();
              }
        }
      />
    </div>
  );
}

interface EditorProps {
  label: string;
  value: string;
  verb: string;
  focus?: boolean;
  send: (body: string) => Promise<unknown>;
  onDone: () => void;
  onCancel?: () => void;
}

function Editor({ label, value, verb, focus = false, send, onDone, onCancel }: EditorProps) {
  const id = useId();
  const [body, setBody] = useState(value);
  const changed = usePlanChanged();
  const sending = useMutation({
    mutationFn: () => send(body.trim()),
    onSuccess: async () => {
      setBody("");
      onDone();
      announce("Comment saved");
      await changed();
    },
  });
  const empty = body.trim() === "";
  function submit(event: FormEvent | KeyboardEvent) {
    event.preventDefault();
    if (!empty && !sending.isPending) sending.mutate();
  }
  return (
    <form onSubmit={submit} className="grid gap-2">
      <label htmlFor={id} className="sr-only">
        {label}
      </label>
      <textarea
        id={id}
        // biome-ignore lint/a11y/noAutofocus: the reader asked for this field with a key
        autoFocus={focus}
        rows={2}
        value={body}
        maxLength={10_000}
        placeholder={`${label}. @name asks that person.`}
        onChange={(event) => setBody(event.target.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) submit(event);
          if (event.key === "Escape" && onCancel) {
            event.preventDefault();
            onCancel();
          }
        }}
        className={`${inputLook} h-auto! min-h-15 resize-y py-1.5`}
      />
      {sending.error && (
        <ErrorNotice title="The comment was not saved" error={sending.error} kept="What you wrote is still here." />
      )}
      <div className="flex items-center gap-2">
        <Button type="submit" size="small" busy={sending.isPending} disabled={empty}>
          {verb}
        </Button>
        {onCancel && (
          <Button variant="ghost" size="small" onClick={onCancel}>
            Cancel
          </Button>
        )}
        <span className="text-faint text-caption max-sm:hidden">Ctrl Enter</span>
      </div>
    </form>
  );
}
