"use client";

import { createContext, type ReactNode, useContext, useState } from "react";
import { rememberPrices } from "#lib/browser/price-preference.ts";
import { formatPrices, LIST_PRICES, type PriceList, type PriceTier } from "#lib/core/bucket/dedup/cost.ts";
import type { Visibility } from "#lib/core/bucket/entry.ts";

interface Prices {
  list: PriceList;
  /** The reader's own, not the list's. */
  own: boolean;
  /** Which of the two lists is reckoned with. */
  kind: Visibility;
  tiers: PriceTier[];
  setKind(kind: Visibility): void;
  /** null: the list's again. */
  setList(list: PriceList | null): void;
}

const PricesContext = createContext<Prices | null>(null);

interface PricesProviderProps {
  /** The reader's own tiers; null: the list's. */
  initial: PriceList | null;
  visibility: Visibility;
  children: ReactNode;
}

/** What the page reckons costs with: kept in the browser's preferences, so that the server writes the same figures. */
export function PricesProvider({ initial, visibility, children }: PricesProviderProps) {
  const [own, setOwn] = useState(initial);
  const [kind, setKind] = useState(visibility);
  const list = own ?? LIST_PRICES;
  function setList(next: PriceList | null) {
    setOwn(next);
    rememberPrices(next === null ? "" : formatPrices(next));
  }
  return (
    <PricesContext value={{ list, own: own !== null, kind, tiers: list[kind], setKind, setList }}>
      {children}
    </PricesContext>
  );
}

export function usePrices(): Prices {
  const prices = useContext(PricesContext);
  if (prices === null) throw new Error("Costs are shown inside a PricesProvider.");
  return prices;
}
