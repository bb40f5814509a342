import type { ReactNode } from "react";
import type { DedupFigures } from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import { formatSize } from "#lib/core/format.ts";
import { heatInk } from "../chart/heat.ts";
import { Bytes } from "../ui/size.tsx";

/** From here on a bar has room for its own name, a hatch for what it saves; and up to here there is room behind both. All of the row. */
const NAMED = 0.2;
const HATCH_ROOM = 0.4;
const BEHIND = 0.55;

/** Logical, unique, stored on one scale; what each step saves is the part that is not there. */
export function StepBars({ figures }: { figures: DedupFigures }) {
  const { logical, unique, stored } = figures;
  const most = Math.max(logical, unique, stored);
  const { deduplication, compression } = savingPercents(figures);
  return (
    <dl className="mt-5 grid gap-3 max-sm:gap-3.5">
      <Step
        name="Logical"
        bytes={logical}
        share={logical / most}
        look="bg-logical"
        label="What ls shows: the sum of file sizes"
      />
      <Step
        name="Unique"
        bytes={unique}
        share={unique / most}
        gap={(logical - unique) / most}
        look="bg-unique"
        label="each chunk once"
        saving={
          logical > unique
            ? `deduplication saves ${formatSize(logical - unique)}, ${formatPercent(deduplication)}`
            : "no chunk occurs twice"
        }
      />
      <Step
        name="Stored"
        bytes={stored}
        share={stored / most}
        gap={(unique - stored) / most}
        look="bg-stored"
        ink={heatInk(1)}
        label={unique > stored ? "compressed" : "on disk"}
        saving={
          unique > stored
            ? `compression saves ${deduplication > 0 ? "a further " : ""}${formatSize(unique - stored)}, ${formatPercent(compression)}`
            : stored > unique
              ? `does not compress: the chunks' headers add ${formatSize(stored - unique)}`
              : "does not compress"
        }
      />
    </dl>
  );
}

interface StepProps {
  name: string;
  bytes: number;
  /** Of the row, 0 to 1. */
  share: number;
  /** What was saved by this step, likewise. */
  gap?: number;
  look: string;
  ink?: string;
  label: string;
  saving?: ReactNode;
}

function Step({ name, bytes, share, gap = 0, look, ink, label, saving }: StepProps) {
  const place = gap >= HATCH_ROOM ? "hatch" : share + gap <= BEHIND ? "behind" : "bar";
  const crowded = place === "bar" && saving !== undefined && share < 0.75;
  return (
    <div className="grid grid-cols-[72px_84px_minmax(0,1fr)] items-center gap-x-3 max-sm:grid-cols-[auto_1fr] max-sm:gap-y-1.5">
      <dt className="font-medium">{name}</dt>
      <dd className="text-right font-semibold text-[15px] tracking-[-0.015em]">
        <Bytes bytes={bytes} />
      </dd>
      <dd className="flex h-8 min-w-0 items-center max-sm:col-span-2 max-sm:h-auto max-sm:flex-wrap">
        <span
          className={`flex h-full min-w-0.5 shrink-0 items-center gap-2 overflow-hidden rounded-mark max-sm:h-5 ${look}`}
          style={{ width: `${share * 100}%` }}
        >
          {share >= NAMED && (
            <span
              className={`mr-auto shrink-0 pl-2.5 text-secondary max-sm:hidden ${crowded ? "lg:max-xl:hidden max-md:hidden" : ""}`}
              style={{ color: ink }}
            >
              {label}
            </span>
          )}
          {place === "bar" && saving !== undefined && <Pill className="mr-2 ml-auto">{saving}</Pill>}
        </span>
        {gap > 0 && (
          <span
            className="hatch ml-0.5 flex h-full shrink-0 items-center overflow-hidden rounded-mark max-sm:h-5"
            style={{ width: `calc(${gap * 100}% - 2px)` }}
          >
            {place === "hatch" && <Pill className="ml-2">{saving}</Pill>}
          </span>
        )}
        {saving !== undefined && (
          <span
            className={`min-w-0 truncate text-muted text-secondary max-sm:mt-1.5 max-sm:basis-full sm:ml-2.5 ${place === "behind" ? "" : "sm:hidden"}`}
          >
            {saving}
          </span>
        )}
      </dd>
    </div>
  );
}

function Pill({ className, children }: { className: string; children: ReactNode }) {
  return (
    <span
      className={`min-w-0 truncate rounded-mark bg-panel px-2 py-0.5 text-muted text-secondary max-sm:hidden ${className}`}
    >
      {children}
    </span>
  );
}
