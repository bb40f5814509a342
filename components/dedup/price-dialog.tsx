"use client";

import { Plus, RotateCcw, X } from "lucide-react";
import { useId, useState } from "react";
import { LIST_PRICES, type PriceList, type PriceTier, TIERS_MAX, tiersProblem } from "#lib/core/bucket/dedup/cost.ts";
import type { Visibility } from "#lib/core/bucket/entry.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { Input } from "../ui/field.tsx";
import { usePrices } from "./prices.tsx";

/** As typed. */
type Draft = Record<Visibility, { key: number; from: string; price: string }[]>;

let made = 0;
const draftOf = (list: PriceList): Draft => {
  const rows = (tiers: PriceTier[]) =>
    tiers.map(({ from, price }) => ({ key: ++made, from: String(from), price: String(price) }));
  return { private: rows(list.private), public: rows(list.public) };
};
const numberOf = (text: string) => (text.trim() === "" ? Number.NaN : Number(text));
const tiersOf = (rows: Draft[Visibility]): PriceTier[] =>
  rows.map(({ from, price }) => ({ from: numberOf(from), price: numberOf(price) }));

/** Both lists of tiers, as the reader pays them. */
export function PriceDialog({ onClose }: { onClose: () => void }) {
  const { list, own, setList } = usePrices();
  const [draft, setDraft] = useState(() => draftOf(list));
  const sound = (["private", "public"] as const).every((which) => tiersProblem(tiersOf(draft[which])) === null);
  return (
    <Dialog
      title="Price tiers"
      onClose={onClose}
      width={560}
      actions={
        <>
          <Button
            variant="ghost"
            className="mr-auto"
            onClick={() => {
              setDraft(draftOf(LIST_PRICES));
              if (own) setList(null);
            }}
          >
            <RotateCcw />
            Back to list prices
          </Button>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            disabled={!sound}
            onClick={() => {
              setList({ private: tiersOf(draft.private), public: tiersOf(draft.public) });
              onClose();
            }}
          >
            Reckon with these
          </Button>
        </>
      }
    >
      <p className="text-muted">
        Dollars per decimal terabyte and month. Each byte costs what the tier says that it falls into. Kept in this
        browser only.
      </p>
      <div className="mt-3 grid gap-5 sm:grid-cols-2">
        <Tiers title="Private" rows={draft.private} onChange={(rows) => setDraft({ ...draft, private: rows })} />
        <Tiers title="Public" rows={draft.public} onChange={(rows) => setDraft({ ...draft, public: rows })} />
      </div>
    </Dialog>
  );
}

interface TiersProps {
  title: string;
  rows: Draft[Visibility];
  onChange: (rows: Draft[Visibility]) => void;
}

function Tiers({ title, rows, onChange }: TiersProps) {
  const id = useId();
  const problem = tiersProblem(tiersOf(rows));
  const change = (key: number, part: Partial<Draft[Visibility][number]>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...part } : row)));
  return (
    <fieldset aria-describedby={id} className="grid content-start gap-2">
      <legend className="mb-1.5 font-medium">{title}</legend>
      {rows.map((row, at) => (
        <div key={row.key} className="flex items-center gap-2">
          <span className="text-muted">from</span>
          <Input
            aria-label={`${title}, tier ${at + 1}: from TB`}
            inputMode="decimal"
            value={row.from}
            disabled={at === 0}
            onChange={(event) => change(row.key, { from: event.target.value })}
          />
          <span className="shrink-0 text-muted">TB, $</span>
          <Input
            aria-label={`${title}, tier ${at + 1}: dollars per TB and month`}
            inputMode="decimal"
            value={row.price}
            onChange={(event) => change(row.key, { price: event.target.value })}
          />
          <Button
            variant="ghost"
            size="icon"
            aria-label={`Remove tier ${at + 1} of ${title}`}
            disabled={at === 0}
            onClick={() => onChange(rows.filter(({ key }) => key !== row.key))}
          >
            <X />
          </Button>
        </div>
      ))}
      <p id={id} aria-live="polite" className="text-del-ink text-secondary empty:hidden">
        {problem}
      </p>
      <Button
        size="small"
        className="justify-self-start"
        disabled={rows.length >= TIERS_MAX}
        onClick={() => {
          const last = rows.at(-1);
          onChange([
            ...rows,
            { key: ++made, from: String((numberOf(last?.from ?? "") || 0) + 50), price: last?.price ?? "" },
          ]);
        }}
      >
        <Plus />
        Add a tier
      </Button>
    </fieldset>
  );
}
