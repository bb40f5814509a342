import { notFound, redirect } from "next/navigation";
import { BucketCard, BucketStrip } from "#components/bucket/bucket-card.tsx";
import { LazyEmptyBucket } from "#components/bucket/lazy-empty.tsx";
import { readSnippets } from "#components/bucket/snippets.ts";
import { UseCard } from "#components/bucket/use-card.tsx";
import { Hydrate } from "#components/hydrate.tsx";
import { Breadcrumbs } from "#components/tree/breadcrumbs.tsx";
import { FileTree } from "#components/tree/file-tree.tsx";
import { filePage } from "#components/tree/links.ts";
import { Readme } from "#components/tree/readme.tsx";
import { FIRST_PAGE, parseTreeView, treeQuery } from "#lib/browser/queries/tree.ts";
import type { BucketFile } from "#lib/core/bucket/entry.ts";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { encodePath } from "#lib/core/bucket/path.ts";
import { pageOrigin, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";
import { bucketForPage, dedupForFrame, readText } from "./bucket.ts";

const README_NAMES = ["README.md", "readme.md", "Readme.md"];
/** Longer ones are cut: nobody reads half a megabyte under a table. */
const README_MAX = 512 * 1024;

interface FolderProps {
  id: BucketId;
  /** "" is the root. */
  prefix: string;
  search: Record<string, string | string[] | undefined>;
}

/** The page of a folder, root or deeper. */
export async function Folder({ id, prefix, search }: FolderProps) {
  const rest = prefix === "" ? "" : `/tree/${encodePath(prefix)}`;
  const { actor, info, rights, contributors } = await bucketForPage(id, rest);
  const { hub } = services();
  const origin = await pageOrigin();
  const first = (name: string) => [search[name]].flat()[0];
  const { sort, direction, filter } = parseTreeView(first);
  const [folder, page, readmes] = await pageRead(`/buckets/${id}${rest}`, () =>
    Promise.all([
      hub.getFolder(actor, id, prefix),
      hub.listTree(actor, id, {
        prefix,
        recursive: false,
        sort,
        direction,
        filter: filter || undefined,
        limit: FIRST_PAGE,
      }),
      hub.getFiles(
        actor,
        id,
        README_NAMES.map((name) => (prefix === "" ? name : `${prefix}/${name}`)),
      ),
    ]),
  );
  if (folder === null && prefix !== "") {
    const [file] = await hub.getFiles(actor, id, [prefix]);
    if (file) redirect(filePage(id, prefix));
    notFound();
  }
  const view = { sort, direction, filter };
  if (prefix === "" && page.items.length === 0 && page.cursor === null && filter === "") {
    return (
      <main id="content" className="mx-auto max-w-[1600px] px-4 py-5 sm:px-6">
        <LazyEmptyBucket
          id={id}
          origin={origin}
          write={rights.write}
          upload={rights.write && hub.kind === "embedded"}
          tokens={hub.kind === "embedded"}
        />
      </main>
    );
  }
  const [readme, figures] = await Promise.all([readReadme(id, readmes), dedupForFrame(id)]);
  const dedup = hub.kind === "embedded" ? (figures ?? "unknown") : null;
  return (
    <main id="content" className="mx-auto max-w-[1600px] pb-24 sm:px-6 sm:pt-4">
      <BucketStrip info={info} dedup={dedup} />
      <div className="grid grid-cols-[minmax(0,1fr)] items-start gap-4 sm:gap-5 xl:grid-cols-[minmax(0,1fr)_316px]">
        <div className="grid grid-cols-[minmax(0,1fr)] gap-4">
          <Hydrate
            queryKey={treeQuery(id, prefix, view).queryKey}
            data={{ pages: [page], pageParams: [null] }}
            at={Date.now()}
          >
            <FileTree
              key={prefix}
              id={id}
              prefix={prefix}
              breadcrumbs={<Breadcrumbs id={id} path={prefix} />}
              total={folder?.size ?? (prefix === "" ? info.size : null)}
              write={rights.write}
              figures={hub.kind === "embedded"}
            />
          </Hydrate>
          {readme && <Readme id={id} {...readme} />}
        </div>
        <aside
          aria-label="About this bucket"
          className="grid grid-cols-[minmax(0,1fr)] gap-4 max-sm:px-4 max-xl:sm:grid-cols-2"
        >
          <BucketCard info={info} contributors={contributors} dedup={dedup} />
          <UseCard
            title={prefix === "" ? "Use this bucket" : "Use this folder"}
            set={readSnippets(id, prefix, origin)}
            origin={origin}
          />
        </aside>
      </div>
    </main>
  );
}

async function readReadme(id: BucketId, found: BucketFile[]): Promise<{ path: string; text: string } | null> {
  const file = found[0];
  if (file === undefined) return null;
  // The folder is worth showing even when this one file can not be read.
  const text = await readText(id, file, README_MAX).catch(() => null);
  return text === null || text.trim() === "" ? null : { path: file.path, text };
}
