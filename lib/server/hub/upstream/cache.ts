/** Answers kept for a few seconds, so that the pages of one view do not ask an upstream the same thing over and over. */

export interface ExpiringMap<T> {
  /** The kept value, or what `load` resolves to. Callers at the same time share one load; a failure is not kept. */
  get(key: string, load: () => Promise<T>): Promise<T>;
  /** Forgets every key that `test` picks. */
  forget(test: (key: string) => boolean): void;
}

export function createExpiringMap<T>({
  clock,
  lifetime,
  max,
}: {
  clock: () => number;
  /** ms; a function may judge by the value. */
  lifetime: number | ((value: T) => number);
  /** Most entries; the oldest go first. */
  max: number;
}): ExpiringMap<T> {
  const entries = new Map<string, { value: Promise<T>; until: number }>();
  return {
    get(key, load) {
      const known = entries.get(key);
      if (known !== undefined && clock() < known.until) return known.value;
      const entry = { value: load(), until: Number.POSITIVE_INFINITY };
      entries.delete(key);
      entries.set(key, entry);
      if (entries.size > max) entries.delete(entries.keys().next().value!);
      entry.value.then(
        (value) => {
          entry.until = clock() + (typeof lifetime === "number" ? lifetime : lifetime(value));
        },
        () => {
          if (entries.get(key) === entry) entries.delete(key);
        },
      );
      return entry.value;
    },
    forget(test) {
      for (const key of entries.keys()) if (test(key)) entries.delete(key);
    },
  };
}
