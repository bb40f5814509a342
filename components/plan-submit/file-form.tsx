"use client";

import { useMutation } from "@tanstack/react-query";
import { ClipboardPaste, FileUp, Upload } from "lucide-react";
import { useRouter } from "next/navigation";
import { type DragEvent, type ReactNode, useEffect, useEffectEvent, useId, useRef, useState } from "react";
import { submitPlan } from "#lib/browser/queries/plans.ts";
import { type HubError, isHubError } from "#lib/core/errors.ts";
import { formatSize } from "#lib/core/format.ts";
import type { PlanRefusal } from "#lib/core/plan/reader.ts";
import { planPage } from "../plan-list/links.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Field, inputLook } from "../ui/field.tsx";
import { ErrorNotice } from "../ui/notice.tsx";
import { announce } from "../ui/toast.tsx";
import { Refused, RefusedFacts } from "./refused.tsx";
import { TitleField } from "./title-field.tsx";

interface Given {
  name: string;
  body: File | string;
  size: number;
}

interface FileFormProps {
  /** The facts of the last refusal, for the side; null: nothing was refused. */
  onRefused: (facts: ReactNode) => void;
}

/** A plan file, dropped anywhere on the page, chosen or pasted. It is checked as a whole before anything of it is kept. */
export function FileForm({ onRefused }: FileFormProps) {
  const router = useRouter();
  const [title, setTitle] = useState("");
  const [pasting, setPasting] = useState(false);
  const [given, setGiven] = useState<Given | null>(null);
  const submit = useMutation({
    mutationFn: ({ body }: Given) => submitPlan(body, title.trim() || undefined),
    onMutate: () => onRefused(null),
    onSuccess: (plan) => {
      announce(`Plan #${plan.id} submitted`);
      router.push(planPage(plan));
      router.refresh();
    },
    onError: (error) => {
      const refusal = refusalOf(error);
      onRefused(refusal && <RefusedFacts error={error as HubError} refusal={refusal} at={Date.now()} />);
    },
  });
  const refusal = submit.error ? refusalOf(submit.error) : null;

  function give(next: Given) {
    setGiven(next);
    submit.mutate(next);
  }
  const takeFile = (file: File) => {
    setPasting(false);
    give({ name: file.name, body: file, size: file.size });
  };
  const dragging = usePageDrop(takeFile);

  const choose = <ChooseFile onFile={takeFile} primary={refusal !== null || !pasting} again={refusal !== null} />;
  const paste = (
    <Button size={refusal ? "normal" : "large"} onClick={() => setPasting(true)}>
      <ClipboardPaste />
      {refusal ? "Paste corrected text" : "Paste text"}
    </Button>
  );

  return (
    <>
      {refusal && given && !pasting && (
        <Refused
          name={given.name}
          size={given.size}
          refusal={refusal}
          actions={
            <>
              {choose}
              {paste}
            </>
          }
        />
      )}
      {submit.error && !refusal && (
        <ErrorNotice title="The plan was not taken" error={submit.error} kept="Nothing was stored." />
      )}
      {(!refusal || pasting) && (
        <Card aria-label="Plan file" className="grid gap-4 p-4">
          {pasting ? (
            <PasteForm
              initial={typeof given?.body === "string" ? given.body : ""}
              busy={submit.isPending}
              onText={(text) => give({ name: "pasted text", body: text, size: new Blob([text]).size })}
              onCancel={() => setPasting(false)}
            />
          ) : (
            <div
              className={`flex min-h-64 flex-col items-center justify-center gap-1.5 rounded-control border border-dashed px-4 py-8 text-center ${dragging ? "border-accent bg-accent-soft" : "border-line-strong bg-sunken/60"}`}
            >
              {submit.isPending && given ? (
                <div role="status" className="grid justify-items-center gap-2">
                  <span aria-hidden className="spinner size-6 text-accent-ink" />
                  <p className="font-medium">{`Checking ${given.name}, ${formatSize(given.size)}`}</p>
                  <p className="text-muted">Every line is read. Nothing is kept if one of them is wrong.</p>
                </div>
              ) : (
                <>
                  <FileUp aria-hidden strokeWidth={1.5} className="mb-1 size-7 text-muted" />
                  <p className="font-semibold text-[16px] leading-6">
                    {dragging ? "Drop it: it is checked at once" : "Drop sync-plan.jsonl here"}
                  </p>
                  <p className="max-w-[56ch] text-muted text-prose">
                    What <code className="font-mono">--plan</code> writes, or{" "}
                    <code className="font-mono">--dry-run</code> prints. It is checked line by line; then its page
                    opens.
                  </p>
                  <div className="mt-3 flex flex-wrap justify-center gap-2">
                    {choose}
                    {paste}
                  </div>
                </>
              )}
            </div>
          )}
          <TitleField value={title} onChange={setTitle} placeholder="Rotate the checkpoints of v2" />
        </Card>
      )}
    </>
  );
}

function refusalOf(error: Error): PlanRefusal | null {
  return (isHubError(error) && (error.details.plan as PlanRefusal | undefined)) || null;
}

interface ChooseFileProps {
  onFile: (file: File) => void;
  primary: boolean;
  again: boolean;
}

function ChooseFile({ onFile, primary, again }: ChooseFileProps) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        accept=".jsonl,.ndjson,.json,.txt,application/x-ndjson"
        aria-label="Plan file"
        hidden
        onChange={(event) => {
          const file = event.target.files?.[0];
          // The same name again, mended, is a new choice.
          event.target.value = "";
          if (file) onFile(file);
        }}
      />
      <Button
        variant={primary ? "primary" : "outline"}
        size={again ? "normal" : "large"}
        onClick={() => input.current?.click()}
      >
        <Upload />
        {again ? "Choose another file" : "Choose a file"}
      </Button>
    </>
  );
}

interface PasteFormProps {
  initial: string;
  busy: boolean;
  onText: (text: string) => void;
  onCancel: () => void;
}

function PasteForm({ initial, busy, onText, onCancel }: PasteFormProps) {
  const id = useId();
  const [text, setText] = useState(initial);
  const lines = text.trim() === "" ? 0 : text.trimEnd().split("\n").length;
  return (
    <form
      className="grid gap-3"
      onSubmit={(event) => {
        event.preventDefault();
        onText(text);
      }}
    >
      <Field id={id} label="Lines of the plan" hint="One JSON object a line, the header first.">
        <textarea
          id={id}
          aria-describedby={`${id}-note`}
          value={text}
          onChange={(event) => setText(event.target.value)}
          rows={12}
          spellCheck={false}
          autoComplete="off"
          wrap="off"
          ref={focusOnce}
          placeholder={'{"type": "header", "source": "./runs", "dest": "hf://buckets/…", …}'}
          className={`${inputLook} h-auto py-2 font-mono text-[12px] leading-[18px]`}
        />
      </Field>
      <div className="flex justify-end gap-2">
        <Button onClick={onCancel}>Choose a file instead</Button>
        <Button type="submit" variant="primary" disabled={lines === 0} busy={busy}>
          {lines === 0 ? "Submit" : `Submit ${lines === 1 ? "1 line" : `${lines.toLocaleString("en-US")} lines`}`}
        </Button>
      </div>
    </form>
  );
}

const focusOnce = (element: HTMLElement | null) => element?.focus();

/** The whole page takes the file. True while one hangs over it. */
function usePageDrop(onFile: (file: File) => void): boolean {
  const [dragging, setDragging] = useState(false);
  const take = useEffectEvent(onFile);
  useEffect(() => {
    const onDrag = (event: Event) => {
      const { type, dataTransfer, relatedTarget } = event as unknown as DragEvent;
      if (!dataTransfer?.types.includes("Files")) return;
      if (type === "dragleave") {
        if (relatedTarget === null) setDragging(false);
        return;
      }
      event.preventDefault();
      setDragging(type === "dragover");
      const file = type === "drop" ? dataTransfer.files[0] : undefined;
      if (file) take(file);
    };
    const types = ["dragover", "dragleave", "drop"];
    for (const type of types) window.addEventListener(type, onDrag);
    return () => {
      for (const type of types) window.removeEventListener(type, onDrag);
    };
  }, []);
  return dragging;
}
