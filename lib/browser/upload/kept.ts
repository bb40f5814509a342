/**
 * What of uploads outlives their page: unfinished ones with what it takes to go on, receipts and forecasts. In the browser's own
 * database, by account; where there is none (a private window), nothing is kept and all else works.
 */
import type { BucketId } from "#lib/core/bucket/id.ts";
import type { ConflictChoice, JobTotals, UploadMode, UploadReceipt } from "./job.ts";

/** All it takes to begin the same upload again, but for the files. */
export interface KeptRequest {
  bucket: BucketId;
  prefix: string;
  name: string | null;
  mode: UploadMode;
  conflict: ConflictChoice;
  exclude: readonly string[];
}

export interface KeptUpload {
  key: string;
  /** ms since the epoch. */
  savedAt: number;
  state: "unfinished" | "finished" | "cancelled";
  request: KeptRequest;
  totals: JobTotals;
  filtered: number;
  startedAt: number | null;
  finishedAt: number | null;
  forecast: JobTotals | null;
  /** Of what is over; its list of files is cut. */
  receipt: UploadReceipt | null;
}

/** An upload found at a start of the page. */
export interface FoundUpload {
  upload: KeptUpload;
  handles: boolean;
}

export interface UploadJournal {
  /** Writes it, and claims an unfinished one for this page. */
  put(upload: KeptUpload): void;
  putHandles(key: string, handles: readonly FileSystemHandle[]): void;
  /** Paths, as they were chosen, that came into the bucket. */
  putLanded(key: string, paths: readonly string[]): void;
  remove(key: string): void;
  /**
   * Tells of each upload of this account that no living page works on: at once, and later when the page that did is gone. Told
   * ones belong to this page.
   */
  watch(found: (upload: FoundUpload) => void): void;
  /** Asks the person for permission where the browser wants that: call it in a click. Null without handles or permission. */
  handles(key: string): Promise<FileSystemHandle[] | null>;
  landed(key: string): Promise<ReadonlySet<string>>;
}

/** A cookie while there may be something to tell of, so that a page knows without opening the database. */
export const KEPT_FLAG = "uploads=1";
/** Uploads that are over: so many of the newest are kept, and so long. */
const OVER_MAX = 20;
const OVER_MS = 14 * 86_400_000;
const UNFINISHED_MS = 60 * 86_400_000;

const NAME = "cooperage-uploads";
const STORES = ["uploads", "handles", "landed"] as const;
type Store = (typeof STORES)[number];
type Stored = KeptUpload & { account: string };

export interface JournalOptions {
  /** Name of who is signed in; null for nobody. */
  account: () => Promise<string | null>;
  clock?: () => number;
}

/** The browser's. Null where it keeps nothing, or cannot tell which page works on what. */
export function openJournal({ account, clock = Date.now }: JournalOptions): UploadJournal | null {
  if (typeof indexedDB === "undefined" || typeof navigator.locks === "undefined") return null;
  const database = open();
  database.catch(() => {});
  let name: Promise<string | null> | undefined;
  const owner = () => {
    name ??= account().catch(() => null);
    return name;
  };
  /** What ends the claim of this page. */
  const claims = new Map<string, () => void>();
  let tail: Promise<unknown> = Promise.resolve();
  /** Lists of landed paths that this page wrote. */
  let parts = 0;

  /** One after another, and never loudly: an upload goes on without its journal. */
  function later(work: () => Promise<unknown>): void {
    tail = tail.then(work).catch(() => {});
  }

  function claim(key: string): Promise<void> {
    return new Promise((claimed) => {
      if (claims.has(key)) return claimed();
      claims.set(key, () => {});
      navigator.locks
        .request(lockOf(key), () => {
          claimed();
          // Given up before it was its turn.
          if (!claims.has(key)) return;
          return new Promise<void>((release) => claims.set(key, release));
        })
        .catch(() => {});
    });
  }

  function unclaim(key: string): void {
    claims.get(key)?.();
    claims.delete(key);
  }

  async function remove(key: string): Promise<void> {
    await write(await database, STORES, (stores) => {
      stores.uploads.delete(key);
      stores.handles.delete(key);
      stores.landed.delete(landedOf(key));
    });
  }

  async function trim(uploads: Stored[]): Promise<Stored[]> {
    const now = clock();
    const over = uploads.filter(({ state }) => state !== "unfinished").sort((a, b) => b.savedAt - a.savedAt);
    const gone = new Set([
      ...over.slice(OVER_MAX),
      ...uploads.filter(({ state, savedAt }) => now - savedAt > (state === "unfinished" ? UNFINISHED_MS : OVER_MS)),
    ]);
    for (const { key } of gone) await remove(key);
    return uploads.filter((upload) => !gone.has(upload));
  }

  async function find(key: string): Promise<Stored | undefined> {
    return ask(await database, "uploads", (store) => store.get(key));
  }

  return {
    put(upload) {
      if (upload.state === "unfinished") claim(upload.key);
      later(async () => {
        const account = await owner();
        if (account === null) return;
        flag(UNFINISHED_MS);
        await write(await database, ["uploads"], ({ uploads }) => uploads.put({ ...upload, account }, upload.key));
        if (upload.state === "unfinished") return;
        await write(await database, ["handles", "landed"], (stores) => {
          stores.landed.delete(landedOf(upload.key));
          // A forecast may still be sent, and what failed tried again.
          const again = upload.request.mode === "forecast" || upload.totals.states.failed > 0;
          if (!again && upload.state === "finished") stores.handles.delete(upload.key);
        });
        unclaim(upload.key);
      });
    },
    putHandles(key, handles) {
      later(async () => write(await database, ["handles"], (stores) => stores.handles.put(handles, key)));
    },
    putLanded(key, paths) {
      // Beside what came before, which is not read and written again. Pages that take over from another have a later time.
      const part = `${key} ${clock()} ${++parts}`;
      later(async () => write(await database, ["landed"], ({ landed }) => landed.put(paths, part)));
    },
    remove(key) {
      later(() => remove(key));
      later(async () => unclaim(key));
    },
    watch(found) {
      later(async () => {
        const account = await owner();
        if (account === null) return;
        const db = await database;
        const all = await ask<Stored[]>(db, "uploads", (store) => store.getAll());
        const uploads = await trim(all);
        if (uploads.length === 0) flag(0);
        const handled = new Set(await ask<IDBValidKey[]>(db, "handles", (store) => store.getAllKeys()));
        const tell = ({ account: _, ...upload }: Stored) => found({ upload, handles: handled.has(upload.key) });
        for (const upload of uploads.sort((a, b) => a.savedAt - b.savedAt)) {
          if (upload.account !== account || claims.has(upload.key)) continue;
          if (upload.state !== "unfinished") tell(upload);
          else {
            claim(upload.key).then(async () => {
              // The page that had it may have ended it meanwhile.
              const now = await find(upload.key);
              if (now?.state === "unfinished") tell(now);
              else unclaim(upload.key);
            });
          }
        }
      });
    },
    async handles(key) {
      const kept = await ask<FileSystemHandle[] | undefined>(await database, "handles", (store) => store.get(key));
      if (kept === undefined) return null;
      for (const handle of kept as AskingHandle[]) {
        const wish = { mode: "read" } as const;
        if ((await handle.queryPermission?.(wish)) === "granted") continue;
        if ((await handle.requestPermission?.(wish)) !== "granted") return null;
      }
      return kept;
    },
    async landed(key) {
      const parts = await ask<string[][]>(await database, "landed", (store) => store.getAll(landedOf(key)));
      return new Set(parts.flat());
    },
  };
}

/** Not yet among the types. */
interface AskingHandle extends FileSystemHandle {
  queryPermission?(wish: { mode: "read" }): Promise<PermissionState>;
  requestPermission?(wish: { mode: "read" }): Promise<PermissionState>;
}

function flag(ms: number): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing on plain http
  document.cookie = `${KEPT_FLAG}; path=/; samesite=lax; max-age=${ms / 1000}`;
}

const lockOf = (key: string) => `upload ${key}`;
/** All parts of an upload's list of landed paths. */
const landedOf = (key: string) => IDBKeyRange.bound(key, `${key}~`);

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => {
      for (const store of STORES) request.result.createObjectStore(store);
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

function ask<T>(db: IDBDatabase, store: Store, question: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = question(db.transaction(store).objectStore(store));
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error);
  });
}

function write(
  db: IDBDatabase,
  names: readonly Store[],
  work: (stores: Record<Store, IDBObjectStore>) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const transaction = db.transaction(names, "readwrite");
    transaction.oncomplete = () => resolve();
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
    work(Object.fromEntries(names.map((name) => [name, transaction.objectStore(name)])) as never);
  });
}
