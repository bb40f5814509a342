import type { Metadata } from "next";
import { redirect } from "next/navigation";
import type { ReactNode } from "react";
import { fileSnippets } from "#components/bucket/snippets.ts";
import { UseCard } from "#components/bucket/use-card.tsx";
import { ChunkMap } from "#components/file/chunk-map.tsx";
import { FileActions, type Neighbours } from "#components/file/file-actions.tsx";
import { FileFacts } from "#components/file/file-facts.tsx";
import { FilePreview, type Preview } from "#components/file/file-preview.tsx";
import { cellsFor } from "#components/file/map-words.ts";
import { SharingCard } from "#components/file/sharing-card.tsx";
import { Hydrate } from "#components/hydrate.tsx";
import { Breadcrumbs } from "#components/tree/breadcrumbs.tsx";
import { folderPage } from "#components/tree/links.ts";
import { dedupMapQuery } from "#lib/browser/queries/dedup.ts";
import { type FileMap, NO_FIGURES } from "#lib/core/bucket/dedup/figures.ts";
import type { BucketEntry, BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath, parentOf } from "#lib/core/bucket/path.ts";
import { isHubError } from "#lib/core/errors.ts";
import { pageActor, pageOrigin, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { bucketForPage, bucketIdOf, decodePart, type PathParams, readText } from "../../bucket.ts";

interface FilePageProps {
  params: Promise<PathParams>;
}

/** A longer folder is not read for the sake of two arrows. */
const NEIGHBOURS_MAX = 1000;
const TEXT_MAX = 64 * 1024;
const BYTES_MAX = 256;
/** Larger pictures are downloaded, not shown. */
const IMAGE_MAX = 20_000_000;

const IMAGES = /^image\/(png|jpeg|gif|webp|avif|svg\+xml)$/;
const IMAGE_NAMES = /\.(png|jpe?g|gif|webp|avif|svg)$/i;

export async function generateMetadata({ params }: FilePageProps): Promise<Metadata> {
  const found = await params;
  return { title: `${found.path.map(decodePart).join("/")} · ${bucketIdOf(found)}` };
}

/** One file: its facts, a look at its content, and the lines that read it. */
export default async function FilePage({ params }: FilePageProps) {
  const found = await params;
  const id = bucketIdOf(found);
  const path = found.path.map(decodePart).join("/");
  const rest = `/blob/${encodePath(path)}`;
  const { actor, rights } = await bucketForPage(id, rest);
  const { hub } = services();
  const folder = parentOf(path);
  const [file, siblings] = await pageRead(`/buckets/${id}${rest}`, () =>
    Promise.all([
      hub.getFile(actor, id, path).catch(async (error) => {
        if (isHubError(error, "EntryNotFound") && (await hub.getFolder(actor, id, path)))
          redirect(folderPage(id, path));
        throw error;
      }),
      hub.listTree(actor, id, {
        prefix: folder,
        recursive: false,
        sort: "name",
        direction: "asc",
        limit: NEIGHBOURS_MAX,
      }),
    ]),
  );
  const [preview, map, by, origin] = await Promise.all([
    readPreview(id, file),
    readMap(actor, id, file),
    hub.findUploader(actor, id, path),
    pageOrigin(),
  ]);
  const drawn = hub.kind === "embedded" && file.size > 0;
  return (
    <main id="content" className="mx-auto max-w-[1600px] pb-24 sm:px-6">
      <div className="flex min-h-13 flex-wrap items-center justify-between gap-x-4 gap-y-2 py-3 max-sm:px-4">
        <Breadcrumbs id={id} path={path} file />
        <FileActions
          id={id}
          file={file}
          write={rights.write}
          figures={hub.kind === "embedded"}
          neighbours={neighboursOf(siblings.items, path)}
        />
      </div>
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 sm:gap-5 xl:grid-cols-[minmax(0,1fr)_344px]">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          {drawn && (
            <MaybeHydrated id={id} map={map}>
              <ChunkMap key={path} id={id} path={path} size={file.size} />
            </MaybeHydrated>
          )}
          <FilePreview id={id} file={file} preview={preview} limit={TEXT_MAX} />
        </div>
        <aside
          aria-label="About this file"
          className="grid grid-cols-[minmax(0,1fr)] gap-4 max-sm:px-4 max-xl:sm:grid-cols-2"
        >
          <FileFacts
            id={id}
            file={file}
            figures={file.size === 0 && hub.kind === "embedded" ? NO_FIGURES : (map?.figures ?? null)}
            by={by}
          />
          {drawn && <SharingCard key={path} id={id} path={path} size={file.size} />}
          <UseCard title="Read this file" set={fileSnippets(id, path, origin)} origin={origin} />
        </aside>
      </div>
    </main>
  );
}

/** null where there is none; the page asks again and says why not. */
async function readMap(
  actor: Awaited<ReturnType<typeof pageActor>>,
  id: BucketId,
  file: BucketFile,
): Promise<FileMap | null> {
  if (services().hub.kind === "upstream" || file.size === 0) return null;
  return services()
    .dedup.map(actor, id, file.path, { cells: cellsFor(file.size) })
    .catch(() => null);
}

function MaybeHydrated({ id, map, children }: { id: BucketId; map: FileMap | null; children: ReactNode }) {
  if (map === null) return children;
  return (
    <Hydrate queryKey={dedupMapQuery(id, map.path, cellsFor(map.size)).queryKey} data={map} at={Date.now()}>
      {children}
    </Hydrate>
  );
}

function neighboursOf(entries: BucketEntry[], path: string): Neighbours | null {
  const files = entries.filter((entry) => entry.type === "file").map((entry) => entry.path);
  const at = files.indexOf(path);
  if (at === -1) return null;
  return { previous: files[at - 1] ?? null, next: files[at + 1] ?? null, place: at + 1, of: files.length };
}

async function readPreview(id: BucketId, file: BucketFile): Promise<Preview> {
  if (file.size === 0) return { kind: "empty" };
  if ((IMAGES.test(file.contentType ?? "") || IMAGE_NAMES.test(file.path)) && file.size <= IMAGE_MAX)
    return { kind: "image" };
  // Without a look at the content the page still says all else.
  const text = await readText(id, file, TEXT_MAX).catch(() => null);
  if (text !== null) return { kind: /\.(md|markdown)$/i.test(file.path) ? "markdown" : "text", text };
  return { kind: "bytes", bytes: await readHead(id, file).catch(() => []) };
}

async function readHead(id: BucketId, file: BucketFile): Promise<number[]> {
  const range = { start: 0, end: Math.min(file.size, BYTES_MAX) };
  const bytes: number[] = [];
  for await (const piece of await services().hub.readFile(await pageActor(), id, file, range)) bytes.push(...piece);
  return bytes;
}
