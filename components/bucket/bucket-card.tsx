import type { DedupSummary } from "#lib/core/bucket/dedup/figures.ts";
import { formatPercent, savingPercents } from "#lib/core/bucket/dedup/percent.ts";
import type { BucketInfo } from "#lib/core/bucket/entry.ts";
import { formatHandle } from "#lib/core/bucket/id.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import { AsOf } from "../dedup/as-of.tsx";
import { SavingBar } from "../dedup/saving-bar.tsx";
import { SavingFacts } from "../dedup/saving-facts.tsx";
import { WhilePending } from "../dedup/while-pending.tsx";
import { Avatar } from "../ui/avatar.tsx";
import { Card } from "../ui/card.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { CloudCheck, Globe, Lock } from "../ui/icons.tsx";
import { Bytes } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";
import { regionKey, regionName } from "./regions.ts";

export interface ContributorFace {
  name: string;
  fullName: string;
  files: number;
}

/** unknown: not computed yet, or they could not be read. null: there are none (an upstream). */
export type FrameFigures = DedupSummary | "unknown" | null;

interface BucketCardProps {
  info: BucketInfo;
  contributors: ContributorFace[];
  dedup: FrameFigures;
}

export function BucketCard({ info, contributors, dedup }: BucketCardProps) {
  const handle = formatHandle(info.id);
  return (
    <Card aria-labelledby="storage" className="p-3.5">
      <div className="flex items-center justify-between gap-3">
        <h2 id="storage" className="font-semibold">
          Storage
        </h2>
        {known(dedup) && <AsOf of={dedup} />}
      </div>
      {!known(dedup) ? (
        <LogicalOnly info={info} dedup={dedup} />
      ) : (
        <>
          <Verdict dedup={dedup} />
          <SavingBar figures={dedup.figures} className="mt-2 mb-3 h-2.5" />
          <SavingFacts figures={dedup.figures} />
          {dedup.pending && <WhilePending />}
        </>
      )}
      <div className="my-3 border-line border-t" />
      <Facts>
        <Fact name="Files">{formatCount(info.files)}</Fact>
        <Fact name="Updated">
          <Time value={info.updatedAt} />
        </Fact>
        <Fact name="Created">
          <Time value={info.createdAt} />
        </Fact>
        {info.region && <Fact name="Region">{info.region.toUpperCase()}</Fact>}
        {contributors.length > 0 && (
          <Fact name="Contributors">
            <ul className="flex justify-end gap-1">
              {contributors.map(({ name, fullName, files }) => (
                <li key={name} title={`${fullName || name}, ${plural(files, "file")}`}>
                  <Avatar name={name} size="small" />
                  <span className="sr-only">{`${name}, ${plural(files, "file")}`}</span>
                </li>
              ))}
            </ul>
          </Fact>
        )}
      </Facts>
      {info.cdnRegions.length > 0 && (
        <>
          <div className="my-3 border-line border-t" />
          <h3 className="mb-2 text-muted">Pre-warmed</h3>
          <ul className="grid gap-2">
            {info.cdnRegions.map((region) => (
              <li key={regionKey(region)} className="flex items-center justify-between gap-3 font-medium">
                {regionName(region)}
                <CloudCheck aria-hidden strokeWidth={1.75} className="size-4 text-muted" />
              </li>
            ))}
          </ul>
        </>
      )}
      <div className="my-3 border-line border-t" />
      <div className="flex items-center gap-2">
        <code className="min-w-0 flex-1 truncate font-mono text-[11.5px] text-muted" title={handle}>
          {handle}
        </code>
        <CopyButton text={handle} what="Handle" className="-my-1" />
      </div>
    </Card>
  );
}

const known = (dedup: FrameFigures): dedup is DedupSummary => dedup !== null && dedup !== "unknown";

function LogicalOnly({ info, dedup }: { info: BucketInfo; dedup: FrameFigures }) {
  return (
    <div className="mt-1.5 text-muted">
      <p>
        <strong className="mr-1.5 font-semibold text-figure text-ink">
          <Bytes bytes={info.size} />
        </strong>
        logical
      </p>
      {dedup === "unknown" && (
        <p className="flex items-center gap-2 text-secondary">
          <span aria-hidden className="spinner size-3" />
          What it takes on disk is not known yet.
          <WhilePending />
        </p>
      )}
    </div>
  );
}

/** "408 GB stored of 1.53 TB logical". */
function Verdict({ dedup: { figures } }: { dedup: DedupSummary }) {
  return (
    <p className="mt-1.5 text-muted">
      <strong className="mr-1.5 font-semibold text-figure text-ink">
        <Bytes bytes={figures.stored} />
      </strong>
      stored of <Bytes bytes={figures.logical} /> logical
    </p>
  );
}

/** The same figures in one strip, above the list on a phone: the saving first. */
export function BucketStrip({ info, dedup }: Omit<BucketCardProps, "contributors">) {
  const Look = info.visibility === "private" ? Lock : Globe;
  return (
    <section aria-label="Summary" className="border-line border-b bg-panel px-4 py-3 sm:hidden">
      {!known(dedup) ? (
        <LogicalOnly info={info} dedup={dedup} />
      ) : (
        <>
          <p className="flex items-baseline text-muted">
            <strong className="mr-1.5 font-semibold text-figure text-ink">
              <Bytes bytes={dedup.figures.stored} />
            </strong>
            <span>
              stored of <Bytes bytes={dedup.figures.logical} />
            </span>
            <strong className="ml-auto font-semibold text-accent-ink">
              {formatPercent(savingPercents(dedup.figures).total)} saved
            </strong>
          </p>
          <SavingBar figures={dedup.figures} className="my-2 h-2.5" />
        </>
      )}
      <p className="flex items-center gap-1.5 text-muted text-secondary">
        <Look aria-hidden strokeWidth={1.75} className="size-3.5 text-faint" />
        <span className="mr-auto">
          {info.visibility === "private" ? "Private" : "Public"} · {plural(info.files, "file")} ·{" "}
          <Time value={info.updatedAt} />
        </span>
        {known(dedup) && <AsOf of={dedup} short />}
      </p>
    </section>
  );
}
