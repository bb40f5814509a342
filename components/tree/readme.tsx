import Link from "next/link";
import type { ComponentProps } from "react";
import Markdown from "react-markdown";
import rehypeSanitize from "rehype-sanitize";
import remarkGfm from "remark-gfm";
import type { BucketId } from "#lib/core/bucket/id.ts";
import { baseName, encodePath, parentOf } from "#lib/core/bucket/path.ts";
import { Card, CardHead } from "../ui/card.tsx";
import { BookOpen } from "../ui/icons.tsx";
import { contentUrl, filePage, folderPage } from "./links.ts";

interface ReadmeProps {
  id: BucketId;
  /** Path of the Markdown file: links in it are relative to its folder. */
  path: string;
  text: string;
}

/** Rendered on the server; what people write is sanitized, and no picture is fetched from elsewhere. */
export function Readme({ id, path, text }: ReadmeProps) {
  const name = baseName(path);
  return (
    <Card aria-label={name} className="max-sm:rounded-none max-sm:border-x-0">
      <CardHead title={name} icon={<BookOpen aria-hidden strokeWidth={1.75} />}>
        <Link
          href={filePage(id, path)}
          prefetch={false}
          className="text-muted text-secondary hover:text-ink hover:underline"
        >
          Open the file
        </Link>
      </CardHead>
      <MarkdownText id={id} path={path} text={text} />
    </Card>
  );
}

export function MarkdownText({ id, path, text }: ReadmeProps) {
  const folder = parentOf(path);
  return (
    <div className="prose px-6 py-5 max-sm:px-4">
      <Markdown
        remarkPlugins={[remarkGfm]}
        rehypePlugins={[rehypeSanitize]}
        components={{
          a: ({ node: _, href = "", children, ...rest }) => {
            const place = resolvePlace(folder, href);
            if (place === null) return <Outside href={href}>{children}</Outside>;
            if (place.path === null)
              return (
                <a {...rest} href={href}>
                  {children}
                </a>
              );
            const page = place.folder ? folderPage(id, place.path) : filePage(id, place.path);
            return (
              <Link href={page} prefetch={false}>
                {children}
              </Link>
            );
          },
          img: ({ node: _, src, alt = "", width, height }) => {
            const place = typeof src === "string" ? resolvePlace(folder, src) : null;
            if (place?.path) {
              // biome-ignore lint/performance/noImgElement: bytes of a bucket, served as they are
              return <img src={contentUrl(id, place.path)} alt={alt} width={width} height={height} loading="lazy" />;
            }
            return <Outside href={String(src ?? "")}>{alt || "picture"}</Outside>;
          },
          // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
          pre: ({ node: _, ...rest }) => <pre {...rest} tabIndex={0} />,
          input: (props) => <input {...without(props, "node")} aria-label={props.checked ? "done" : "to do"} />,
          // Below the page's own h1.
          h1: ({ node: _, ...rest }) => <h2 {...rest} className="!mt-0 !text-[20px] !leading-7" />,
          h2: ({ node: _, ...rest }) => <h3 {...rest} className="!mt-6 !text-[16px] !leading-6" />,
          h3: ({ node: _, ...rest }) => <h4 {...rest} />,
          h4: ({ node: _, ...rest }) => <h5 {...rest} />,
          h5: ({ node: _, ...rest }) => <h6 {...rest} />,
        }}
      >
        {withoutFrontMatter(text)}
      </Markdown>
    </div>
  );
}

function without<T extends object, K extends keyof T>(value: T, key: K): Omit<T, K> {
  const { [key]: _, ...rest } = value;
  return rest;
}

/** Elsewhere: told apart, and not told where the reader came from. */
function Outside({ href, children }: ComponentProps<"a">) {
  const safe = /^(https?:|mailto:)/i.test(href ?? "") ? href : undefined;
  return (
    <a href={safe} rel="noopener noreferrer nofollow ugc" target="_blank">
      {children}
    </a>
  );
}

/**
 * Where a link in a file of `folder` leads inside the bucket. null: to another site. `path: null`: within the page
 * itself ("#usage"). A leading slash means the bucket's root.
 */
export function resolvePlace(folder: string, href: string): { path: string | null; folder: boolean } | null {
  if (href.startsWith("#")) return { path: null, folder: false };
  const base = "hf://bucket/";
  if (/^[a-z][a-z0-9+.-]*:/i.test(href) || href.startsWith("//") || !URL.canParse(href, base)) return null;
  const url = new URL(href, `${base}${folder === "" ? "" : `${encodePath(folder)}/`}`);
  let path: string;
  try {
    path = decodeURIComponent(url.pathname).replace(/^\/+/, "");
  } catch {
    return null;
  }
  return { path: path.replace(/\/+$/, ""), folder: path === "" || path.endsWith("/") };
}

/** Cards of models and data sets begin with YAML between two lines of `---`. */
function withoutFrontMatter(text: string): string {
  return text.replace(/^\uFEFF?---\r?\n[\s\S]*?\r?\n---\r?\n/, "");
}
