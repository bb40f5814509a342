import type { BucketInfo } from "#lib/core/bucket/entry.ts";
import { formatHandle } from "#lib/core/bucket/id.ts";
import { formatCount, plural } from "#lib/core/format.ts";
import { Avatar } from "../ui/avatar.tsx";
import { Card } from "../ui/card.tsx";
import { CopyButton } from "../ui/copy-button.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { CloudCheck } from "../ui/icons.tsx";
import { Bytes } from "../ui/size.tsx";
import { Time } from "../ui/time.tsx";
import { regionKey, regionName } from "./regions.ts";

export interface ContributorFace {
  name: string;
  fullName: string;
  files: number;
}

export function BucketCard({ info, contributors }: { info: BucketInfo; contributors: ContributorFace[] }) {
  const handle = formatHandle(info.id);
  return (
    <Card aria-labelledby="storage" className="p-3.5">
      <h2 id="storage" className="font-semibold">
        Storage
      </h2>
      <p className="mt-1.5 text-muted">
        <strong className="mr-1.5 font-semibold text-figure text-ink">
          <Bytes bytes={info.size} />
        </strong>
        logical
      </p>
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

/** The same figures in one strip, above the list on a phone. */
export function BucketStrip({ info }: { info: BucketInfo }) {
  return (
    <section aria-label="Summary" className="bg-panel px-4 py-3 sm:hidden">
      <p className="text-muted">
        <strong className="mr-1.5 font-semibold text-figure text-ink">
          <Bytes bytes={info.size} />
        </strong>
        logical
      </p>
      <p className="text-muted text-secondary">
        {plural(info.files, "file")} · <Time value={info.updatedAt} />
      </p>
    </section>
  );
}
