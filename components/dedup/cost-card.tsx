"use client";

import { useQuery } from "@tanstack/react-query";
import { ChevronDown, CircleDollarSign, Pencil } from "lucide-react";
import { lazy, Suspense, useState } from "react";
import { dedupHistoryQuery } from "#lib/browser/queries/dedup.ts";
import { formatMoney, LIST_PRICES_OF, monthlyCost } from "#lib/core/bucket/dedup/cost.ts";
import type { DedupFigures, HistoryPoint } from "#lib/core/bucket/dedup/figures.ts";
import type { Visibility } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { formatDate, formatSize } from "#lib/core/format.ts";
import { Card } from "../ui/card.tsx";
import { Fact, Facts } from "../ui/facts.tsx";
import { Menu, MenuItem, MenuLine } from "../ui/menu.tsx";
import { useNow } from "../ui/time.tsx";
import { usePrices } from "./prices.tsx";

const PriceDialog = lazy(() => import("./price-dialog.tsx").then((module) => ({ default: module.PriceDialog })));

const NAMES: Record<Visibility, string> = { private: "Private", public: "Public" };

interface CostCardProps {
  id: BucketId;
  figures: DedupFigures;
  /** Of the namespace: nothing is kept of how that grew. */
  namespace: boolean;
}

/** What the bytes would cost by a price list: clearly a model. */
export function CostCard({ id, figures, namespace }: CostCardProps) {
  const { list, own, kind, tiers, setKind } = usePrices();
  const [editing, setEditing] = useState(false);
  const byLogical = monthlyCost(figures.logical, tiers);
  const byStored = monthlyCost(figures.stored, tiers);
  const most = Math.max(byLogical, byStored);
  const saved = byLogical - byStored;
  const label = (which: Visibility) => `${NAMES[which]}, ${formatPrice(list[which][0]!.price)} per TB`;
  return (
    <Card aria-labelledby="cost" className="grid content-start p-3.5 max-sm:rounded-none max-sm:border-x-0 max-sm:px-4">
      <div className="flex items-center gap-2">
        <CircleDollarSign aria-hidden strokeWidth={1.75} className="size-4 text-muted" />
        <h2 id="cost" className="mr-auto font-semibold">
          Cost, a model
        </h2>
        <Menu
          label={`Price list: ${label(kind)}`}
          look={{ size: "small" }}
          trigger={
            <>
              {label(kind)}
              <ChevronDown />
            </>
          }
        >
          {(["private", "public"] as const).map((which) => (
            <MenuItem key={which} checked={which === kind} onSelect={() => setKind(which)}>
              {label(which)}
            </MenuItem>
          ))}
          <MenuLine />
          <MenuItem icon={<Pencil />} onSelect={() => setEditing(true)}>
            Edit the tiers
          </MenuItem>
        </Menu>
      </div>
      <p className="mt-3 text-muted">
        <strong className="mr-2 font-semibold text-figure text-ink">{formatMoney(byStored)}</strong>a month on stored
        bytes
      </p>
      <dl className="mt-2.5 grid gap-2">
        <BilledBy name="Billed by logical" dollars={byLogical} share={most && byLogical / most} look="bg-logical" />
        <BilledBy name="Billed by stored" dollars={byStored} share={most && byStored / most} look="bg-stored" strong />
      </dl>
      <div className="my-3 border-line border-t" />
      <Facts>
        <Fact name={saved < 0 ? "More a month" : "Saved a month"}>
          <strong className="font-semibold">{formatMoney(Math.abs(saved))}</strong>
        </Fact>
        <Fact name={saved < 0 ? "More a year, at this size" : "Saved a year, at this size"}>
          {formatMoney(Math.abs(saved) * 12)}
        </Fact>
        {!namespace && <Growth id={id} stored={figures.stored} />}
      </Facts>
      <p className="mt-3 text-muted text-secondary">
        {own ? "Your own tiers, kept in this browser." : `List prices of ${formatDate(LIST_PRICES_OF, "UTC")}.`}{" "}
        {tiers.length > 1 ? "Each byte at the price of its tier. " : ""}Taxes and traffic not counted.
      </p>
      <Suspense>{editing && <PriceDialog onClose={() => setEditing(false)} />}</Suspense>
    </Card>
  );
}

/** "$18", "$4.25". */
function formatPrice(price: number): string {
  return Number.isInteger(price) ? `$${price}` : formatMoney(price);
}

interface BilledByProps {
  name: string;
  dollars: number;
  share: number;
  look: string;
  strong?: boolean;
}

function BilledBy({ name, dollars, share, look, strong = false }: BilledByProps) {
  return (
    <div className="flex items-center gap-3">
      <dt className="w-26 shrink-0 text-muted">{name}</dt>
      <dd className={`flex min-w-0 flex-1 items-center gap-3 ${strong ? "font-semibold" : ""}`}>
        <span aria-hidden className="min-w-0 flex-1">
          <span className={`block h-1.5 rounded-full ${look}`} style={{ width: `${share * 100}%` }} />
        </span>
        {formatMoney(dollars)}
      </dd>
    </div>
  );
}

const MONTH = 30 * 24 * 3600_000;

function Growth({ id, stored }: { id: BucketId; stored: number }) {
  const { now, zone } = useNow();
  const { tiers } = usePrices();
  const history = useQuery(dedupHistoryQuery(id));
  const start = history.data && startOf(history.data.points, now - MONTH);
  const name = start && start.at > now - MONTH ? `Growth since ${formatDate(start.at, zone)}` : "Growth, last 30 days";
  if (!start)
    return <Fact name={name}>{history.isPending ? <span className="skeleton inline-block h-4 w-20" /> : "–"}</Fact>;
  const bytes = stored - start.stored;
  const dollars = monthlyCost(stored, tiers) - monthlyCost(start.stored, tiers);
  const sign = bytes < 0 ? "−" : "+";
  return (
    <Fact name={name}>
      {sign}
      {formatSize(Math.abs(bytes))} stored, {sign}
      {formatMoney(Math.abs(dollars))}
    </Fact>
  );
}

/** The last point up to then, else the first there is; null without any. */
function startOf(points: HistoryPoint[], then: number): HistoryPoint | null {
  return points.findLast(({ at }) => at <= then) ?? points[0] ?? null;
}
