import { CircleCheck, CircleX, FileJson2, ShieldCheck, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";

import type { HubError } from "#lib/core/errors.ts";
import { formatCount, formatSize, plural, shortHash } from "#lib/core/format.ts";
import type { PlanRefusal } from "#lib/core/plan/reader.ts";
import { Button } from "../ui/button.tsx";
import { Card } from "../ui/card.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { FullTime } from "../ui/full-time.tsx";
import { copy } from "../ui/toast.tsx";
import { colouredJson } from "./coloured-json.tsx";

interface RefusedProps {
  /** Of the file. */
  name: string;
  size: number;
  refusal: PlanRefusal;
  actions: ReactNode;
}

/** What is wrong with the file, in its place; and what else, so that one round is enough. */
export function Refused({ name, size, refusal, actions }: RefusedProps) {
  const { line, column, message, excerpt, lines, sha256, problems, checks } = refusal;
  const others = problems.filter((problem) => problem.line !== line || problem.message !== message);
  return (
    <>
      <section aria-label="Plan refused" className="overflow-clip rounded-card border border-del/50 bg-panel">
        <div role="alert" className="flex gap-3.5 border-del/40 border-b bg-del-soft px-4 py-3.5">
          <CircleX aria-hidden strokeWidth={1.75} className="mt-0.5 size-5 shrink-0 text-del-ink" />
          <div className="min-w-0 wrap-anywhere">
            <h2 className="font-semibold text-[16px] leading-6">{`Plan refused: ${titleOf(refusal)}`}</h2>
            <p>{message}</p>
            <p className="mt-1.5 flex items-center gap-1.5 text-muted text-secondary">
              <ShieldCheck aria-hidden className="size-3.5 shrink-0 text-add-ink" />
              Nothing was stored and the bucket was not touched.
            </p>
          </div>
        </div>
        <div className="flex flex-wrap items-center gap-x-2 gap-y-1 border-line border-b px-3.5 py-2.5">
          <FileJson2 aria-hidden strokeWidth={1.75} className="size-4 text-muted" />
          <span className="font-mono text-[12px] wrap-anywhere">{name}</span>
          <span className="text-muted text-secondary">
            {[plural(lines, "line"), formatSize(size), sha256 && `SHA-256 ${shortHash(sha256)}`]
              .filter(Boolean)
              .join(" · ")}
          </span>
        </div>
        {excerpt.length > 0 && (
          <ol aria-label="Lines around it" className="bg-sunken py-1 font-mono text-[12px] leading-[22px]">
            {excerpt.map((row) => (
              <Line key={row.line} row={row} fault={row.line === line ? { column, message } : null} />
            ))}
          </ol>
        )}
        <div className="flex flex-wrap items-center gap-2 border-line border-t px-3.5 py-2.5">
          {actions}
          <Button variant="ghost" className="sm:ml-auto" onClick={() => copy(textOf(name, refusal), "Error")}>
            Copy error as text
          </Button>
        </div>
      </section>
      {others.length > 0 && (
        <Card aria-label="Other faults" className="overflow-clip">
          <Head title={`${plural(others.length, "other fault")}`} note="mend these as well, and one round is enough" />
          <ol className="max-h-80 overflow-y-auto">
            {others.map((problem) => (
              <li
                key={`${problem.line} ${problem.message}`}
                className="flex gap-3 border-hairline px-3.5 py-2 not-last:border-b"
              >
                <span className="w-20 shrink-0 text-right text-del-ink">{`line ${formatCount(problem.line)}`}</span>
                <span className="min-w-0 wrap-anywhere">{problem.message}</span>
              </li>
            ))}
          </ol>
        </Card>
      )}
      {checks.length > 0 && (
        <Card aria-label="The other lines" className="overflow-clip">
          <Head
            title={lines > 1 ? `The other ${formatCount(lines - 1)} lines` : "What else was checked"}
            note="checked all the same, so that you fix everything once"
          />
          <ul>
            {checks.map(({ name: check, ok, text }) => (
              <li
                key={check}
                className="grid grid-cols-[auto_1fr] items-center gap-x-3 border-hairline px-3.5 py-2.5 not-last:border-b sm:grid-cols-[auto_152px_1fr]"
              >
                {ok ? (
                  <CircleCheck aria-label="Fine" className="size-4 text-add-ink" />
                ) : (
                  <TriangleAlert aria-label="Not fine" className="size-4 text-mod-ink" />
                )}
                <span className="font-medium">{check}</span>
                <span className="text-muted wrap-anywhere max-sm:col-start-2">{text}</span>
              </li>
            ))}
          </ul>
        </Card>
      )}
    </>
  );
}

/** What is wrong, by its code; `#` stands for the number of the line. */
const TITLES: Partial<Record<string, string>> = {
  gzip: "it is compressed",
  bom: "it begins with a byte order mark",
  "not-utf8": "line # is not UTF-8",
  "carriage-return": "line # ends in a carriage return",
  "line-too-long": "line # is too long",
  "blank-line": "line # is blank",
  "not-json": "line # is not valid JSON",
  "no-header": "it has no header",
  "second-header": "line # is a second header",
  "wrong-type": "line # has a value of the wrong type",
  "bad-place": "line # names no place to sync to",
  "bad-path": "line # has a path that cannot stand",
  "bad-size": "line # has a size that cannot be",
  "bad-time": "line # has a time that cannot be read",
  "unknown-action": "line # asks for an unknown action",
  "wrong-direction": "line # goes the other way",
  duplicate: "line # names a path twice",
};

function titleOf({ code, line }: PlanRefusal): string {
  return (TITLES[code] ?? "line # cannot stand").replace("#", formatCount(line));
}

function Head({ title, note }: { title: string; note: string }) {
  return (
    <div className="flex flex-wrap items-center justify-between gap-x-4 border-line border-b px-3.5 py-2">
      <h3 className="font-semibold">{title}</h3>
      <span className="text-muted text-secondary">{note}</span>
    </div>
  );
}

interface LineProps {
  row: PlanRefusal["excerpt"][number];
  fault: { column: number | null; message: string } | null;
}

function Line({ row, fault }: LineProps) {
  if (fault === null) {
    return (
      <li className="flex">
        <span className="w-13 shrink-0 pr-3.5 text-right text-faint">{row.line}</span>
        <span className="min-w-0 truncate pr-3.5">{colouredJson(row.text)}</span>
      </li>
    );
  }
  // Columns count from 1; the caret stands on the first character that is wrong, or behind the last.
  const at = fault.column === null ? null : Math.min(fault.column - 1, row.text.length);
  return (
    <li className="relative bg-del-soft py-1 before:absolute before:inset-y-0 before:left-0 before:w-0.75 before:bg-del">
      <div className="flex">
        <span className="w-13 shrink-0 pr-3.5 text-right font-semibold text-del-ink">{row.line}</span>
        <span className="min-w-0 whitespace-pre-wrap break-all pr-3.5">
          {at === null ? (
            colouredJson(row.text)
          ) : (
            <>
              {colouredJson(row.text.slice(0, at))}
              <mark className="rounded-[2px] bg-del-fill text-on-accent">{row.text[at] ?? "\u00a0"}</mark>
              {colouredJson(row.text.slice(at + 1))}
            </>
          )}
        </span>
      </div>
      <p className="pr-3.5 pl-13 font-medium font-sans text-del-ink wrap-anywhere">{atColumn(fault)}</p>
    </li>
  );
}

/** The part of the message that speaks of the column, which stands above in whole. */
function atColumn({ column, message }: NonNullable<LineProps["fault"]>): string {
  return (
    /Column \d+: .*?[^\\]\.(?= |$)/.exec(message)?.[0] ??
    (column === null ? message : `Column ${formatCount(column)}: ${message}`)
  );
}

function textOf(name: string, { line, column, message, problems }: PlanRefusal): string {
  const place = (at: number, col: number | null) => `${name}:${at}${col === null ? "" : `:${col}`}`;
  return [
    `${place(line, column)}: ${message}`,
    ...problems
      .filter((problem) => problem.line !== line || problem.message !== message)
      .map((problem) => `${place(problem.line, null)}: ${problem.message}`),
  ].join("\n");
}

/** For who asks for help. */
export function RefusedFacts({ error, refusal, at }: { error: HubError; refusal: PlanRefusal; at: number }) {
  const request = typeof error.details.requestId === "string" ? error.details.requestId : null;
  return (
    <Card aria-label="The error" className="p-3.5">
      <Facts>
        <Fact name="Error code">
          <code className="font-mono text-[12px]">{refusal.code}</code>
        </Fact>
        {request !== null && (
          <Fact name="Request id">
            <code className="font-mono text-[12px]">{request}</code>
          </Fact>
        )}
        <Fact name="When">
          <FullTime value={at} />
        </Fact>
      </Facts>
    </Card>
  );
}
