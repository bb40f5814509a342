import Link from "next/link";
import { type BucketId, formatHandle } from "#lib/core/bucket/id.ts";
import { CopyButton } from "../ui/copy-button.tsx";
import { Cylinder } from "../ui/icons.tsx";
import { folderPage } from "./links.ts";

interface BreadcrumbsProps {
  id: BucketId;
  path: string;
  /** A folder's name ends in a slash. */
  file?: boolean;
}

export function Breadcrumbs({ id, path, file = false }: BreadcrumbsProps) {
  const parts = path === "" ? [] : path.split("/");
  const names = [id.slice(id.indexOf("/") + 1), ...parts];
  return (
    <nav aria-label="Path" className="flex min-w-0 items-center gap-2">
      <Cylinder aria-hidden className="size-4 shrink-0 text-muted" />
      <ol className="flex min-w-0 flex-wrap items-center gap-x-1.5">
        {names.map((name, at) => {
          const last = at === names.length - 1;
          return (
            // biome-ignore lint/suspicious/noArrayIndexKey: a step is its depth
            <li key={at} className="flex min-w-0 items-center gap-x-1.5">
              {last ? (
                <span aria-current="page" className="font-semibold wrap-anywhere">
                  {name}
                </span>
              ) : (
                <Link
                  href={folderPage(id, parts.slice(0, at).join("/"))}
                  prefetch={false}
                  className="text-muted wrap-anywhere hover:text-ink hover:underline"
                >
                  {name}
                </Link>
              )}
              {(!last || !file) && (
                <span aria-hidden className="text-faint">
                  /
                </span>
              )}
            </li>
          );
        })}
      </ol>
      {path !== "" && <CopyButton text={formatHandle(id, path)} what="Handle" className="-my-1" />}
    </nav>
  );
}
