"use client";

import { useMutation } from "@tanstack/react-query";
import {
  ArrowRight,
  ChevronLeft,
  CornerUpLeft,
  Cylinder,
  Download,
  Ellipsis,
  FileJson,
  GitCompareArrows,
  HardDrive,
  Pencil,
  Undo2,
} from "lucide-react";
import Link from "next/link";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { approvedUrl, originalUrl, revertPlan, withdrawPlan } from "#lib/browser/queries/plan.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import type { PlanDetails } from "#lib/core/plan/plan.ts";
import { DoerFace, doerWords } from "../../plan-list/doer-face.tsx";
import { planPage } from "../../plan-list/links.ts";
import { PlanStatus, PlanWarnings } from "../../plan-list/plan-status.tsx";
import { folderPage } from "../../tree/links.ts";
import { ButtonAnchor, ButtonLink } from "../../ui/button.tsx";
import { Menu, MenuItem, MenuLine, MenuLink } from "../../ui/menu.tsx";
import { Time } from "../../ui/time.tsx";
import { announce, copy } from "../../ui/toast.tsx";
import { countOf, totalsWords } from "../marks.tsx";
import { ConfirmDialog } from "./confirm-dialog.tsx";
import { usePlanChanged, useReview } from "./plan-context.ts";
import { RenamePlan } from "./rename-plan.tsx";

/** Title, state, where from and where to, who, and what can be done with the whole. */
export function ReviewHeader() {
  const { plan } = useReview();
  const runnable = countOf(plan.runnable);
  const compare = comparison(plan);
  const exporting =
    runnable > 0
      ? { href: approvedUrl(plan.id), words: `Export ${formatCount(runnable)} approved` }
      : { href: originalUrl(plan.id), words: "Export JSONL" };
  return (
    <section aria-label="Plan" className="border-line border-b bg-panel">
      <div className="mx-auto max-w-[1600px] px-4 py-3 sm:px-6">
        <div className="flex min-h-8 flex-wrap items-center gap-x-2.5 gap-y-2 max-sm:flex-nowrap">
          <Link
            href={`/buckets/${plan.bucket}/plans`}
            prefetch={false}
            aria-label={`Plans of ${plan.bucket}`}
            className="-ml-2 inline-flex size-11 shrink-0 items-center justify-center rounded-control hover:bg-hover sm:hidden"
          >
            <ChevronLeft className="size-5" aria-hidden />
          </Link>
          <h1 className="flex min-w-0 flex-wrap items-baseline text-name max-sm:mr-auto">
            <Link
              href={`/buckets/${plan.bucket}/plans`}
              prefetch={false}
              className="text-body text-muted hover:text-ink max-sm:hidden"
            >
              Plans
            </Link>
            <span aria-hidden className="mx-2 text-body text-faint max-sm:hidden">
              /
            </span>
            <span className="mr-2 font-semibold wrap-anywhere">{plan.title}</span>
            <span className="font-normal text-muted">{`#${plan.id}`}</span>
          </h1>
          <span className="flex flex-wrap gap-1.5 max-sm:hidden">
            <PlanWarnings plan={{ ...plan, severity: null }} />
            <PlanStatus plan={plan} />
          </span>
          <div className="flex items-center gap-2 sm:ml-auto">
            {compare && (
              <ButtonLink href={compare.href} prefetch={false} className="max-md:hidden">
                <GitCompareArrows aria-hidden />
                {compare.words}
              </ButtonLink>
            )}
            <ButtonAnchor href={exporting.href} download className="max-md:hidden">
              <Download aria-hidden />
              {exporting.words}
            </ButtonAnchor>
            <MoreMenu compare={compare} exporting={exporting} />
          </div>
        </div>
        <div className="mt-1.5 flex flex-wrap items-center gap-x-3 gap-y-1.5 text-muted">
          <span className="flex min-w-0 flex-wrap items-center gap-2 max-sm:hidden">
            <Place text={plan.source} end="source" />
            <ArrowRight aria-label="to" role="img" className="size-3.5 shrink-0 text-faint" />
            <Place text={plan.dest} end="dest" />
          </span>
          <span className="flex min-w-0 items-center gap-2">
            <DoerFace by={plan.by} size="normal" />
            <DoerName plan={plan} />
          </span>
          <span className="ml-auto flex gap-1.5 sm:hidden">
            <PlanStatus plan={plan} />
          </span>
          <Dot className="max-sm:hidden" />
          <span className="max-sm:hidden">
            submitted <Time value={plan.createdAt} />
            {plan.version > 1 && `, version ${plan.version}`}
          </span>
          <Dot className="max-sm:hidden" />
          <span className="max-sm:hidden">{plural(plan.operations, "operation")}</span>
          <Dot className="max-lg:hidden" />
          <span className="inline-flex items-center gap-1 max-lg:hidden">
            SHA-256
            <button
              type="button"
              title={`${plan.sha256}\nCopy the SHA-256 of the file as submitted`}
              onClick={() => copy(plan.sha256, "SHA-256")}
              className="rounded-mark font-mono text-[12px] hover:text-ink"
            >
              {`${plan.sha256.slice(0, 4)} ${plan.sha256.slice(4, 8)} … ${plan.sha256.slice(-4)}`}
            </button>
          </span>
        </div>
      </div>
    </section>
  );
}

const Dot = ({ className = "" }: { className?: string }) => (
  <span aria-hidden className={`text-faint ${className}`}>
    ·
  </span>
);

/** The agent's name in ink, then whose it is. On a phone also where it goes. */
function DoerName({ plan }: { plan: PlanDetails }) {
  const [name, ...rest] = doerWords(plan.by).split(", ");
  return (
    <span className="min-w-0 wrap-anywhere">
      <span className="font-medium text-ink">{name}</span>
      <span className="max-sm:hidden">{rest.length > 0 && `, ${rest.join(", ")}`}</span>
      <span className="sm:hidden">{` to ${plan.bucket.split("/")[1]}${plan.prefix === "" ? "" : `/${plan.prefix}`}`}</span>
    </span>
  );
}

/** One end of the plan: a machine's folder, or a place in a bucket. */
function Place({ text, end }: { text: string; end: "source" | "dest" }) {
  const look =
    "inline-flex h-6 min-w-0 items-center gap-1.5 rounded-small border border-line bg-canvas px-2 font-mono text-[12px] [&>svg]:size-3.5 [&>svg]:shrink-0 [&>svg]:text-muted";
  const remote = /^hf:\/\/buckets\/([^/]+\/[^/]+)\/?(.*?)\/?$/.exec(text);
  if (!remote) {
    return (
      <span className={look} title={`${end === "source" ? "From" : "To"} a folder of the machine that made the plan`}>
        <HardDrive aria-hidden />
        <span className="truncate">{text}</span>
      </span>
    );
  }
  return (
    <Link
      href={folderPage(remote[1] as PlanDetails["bucket"], remote[2]!)}
      prefetch={false}
      className={`${look} hover:text-ink`}
    >
      <Cylinder aria-hidden />
      <span className="truncate">{`${remote[1]}${remote[2] === "" ? "" : `/${remote[2]}`}`}</span>
    </Link>
  );
}

function comparison(plan: PlanDetails): { href: string; words: string } | null {
  const page = `${planPage(plan)}/compare`;
  if (plan.version > 1) {
    return {
      href: `${page}?from=${plan.version - 1}&to=${plan.version}`,
      words: `Compare with version ${plan.version - 1}`,
    };
  }
  if (plan.previous !== null) return { href: `${page}?with=${plan.previous}`, words: `Compare with #${plan.previous}` };
  return null;
}

interface MoreMenuProps {
  compare: { href: string; words: string } | null;
  exporting: { href: string; words: string };
}

function MoreMenu({ compare, exporting }: MoreMenuProps) {
  const { plan } = useReview();
  const changed = usePlanChanged();
  const router = useRouter();
  const [open, setOpen] = useState<"rename" | "withdraw" | "revert" | null>(null);
  const withdraw = useMutation({
    mutationFn: () => withdrawPlan(plan.id),
    onSuccess: async (answer) => {
      setOpen(null);
      announce("Plan withdrawn");
      await changed(answer);
    },
  });
  const revert = useMutation({
    mutationFn: () => revertPlan(plan.id),
    onSuccess: (made) => router.push(planPage(made)),
  });
  return (
    <>
      <Menu label="More about this plan" look={{ size: "icon" }} trigger={<Ellipsis />}>
        {compare && (
          <span className="contents md:hidden">
            <MenuLink icon={<GitCompareArrows />} href={compare.href}>
              {compare.words}
            </MenuLink>
            <MenuLink icon={<Download />} href={exporting.href} download>
              {exporting.words}
            </MenuLink>
          </span>
        )}
        {!compare && (
          <span className="contents md:hidden">
            <MenuLink icon={<Download />} href={exporting.href} download>
              {exporting.words}
            </MenuLink>
          </span>
        )}
        <MenuLink icon={<FileJson />} href={originalUrl(plan.id)} download>
          The file as submitted
        </MenuLink>
        <MenuItem icon={<Pencil />} onSelect={() => setOpen("rename")}>
          Rename
        </MenuItem>
        {plan.previous !== null && plan.version > 1 && (
          <MenuLink icon={<GitCompareArrows />} href={`${planPage(plan)}/compare?with=${plan.previous}`}>
            {`Compare with #${plan.previous}`}
          </MenuLink>
        )}
        {(plan.revertible || plan.rights.withdraw) && <MenuLine />}
        {plan.revertible && (
          <MenuItem icon={<Undo2 />} onSelect={() => setOpen("revert")}>
            Make a plan that takes it back
          </MenuItem>
        )}
        {plan.rights.withdraw && (
          <MenuItem icon={<CornerUpLeft />} danger onSelect={() => setOpen("withdraw")}>
            Withdraw
          </MenuItem>
        )}
      </Menu>
      {open === "rename" && <RenamePlan onClose={() => setOpen(null)} />}
      {open === "withdraw" && (
        <ConfirmDialog
          title={`Withdraw #${plan.id}?`}
          verb="Withdraw the plan"
          danger
          busy={withdraw.isPending}
          error={withdraw.error}
          errorTitle="The plan was not withdrawn"
          onConfirm={() => withdraw.mutate()}
          onClose={() => setOpen(null)}
        >
          Nothing of it runs from then on, whatever was approved. What has run stays. The page and its discussion are
          kept.
        </ConfirmDialog>
      )}
      {open === "revert" && (
        <ConfirmDialog
          title={`Take back what #${plan.id} did?`}
          verb={`Make a plan that takes back ${formatCount(countOf(plan.spent))}`}
          busy={revert.isPending}
          error={revert.error}
          errorTitle="No plan was made"
          onConfirm={() => revert.mutate()}
          onClose={() => setOpen(null)}
        >
          {`A new plan is made of ${totalsWords(plan.spent, plan.direction)} that ran: it puts back what was there before. It is reviewed like any other, and changes nothing until it is approved and run.`}
        </ConfirmDialog>
      )}
    </>
  );
}
