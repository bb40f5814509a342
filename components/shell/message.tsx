import type { ReactNode } from "react";

interface MessageProps {
  icon: ReactNode;
  /** What happened. */
  title: string;
  /** Why, what was kept, what to do. */
  children: ReactNode;
  actions: ReactNode;
}

/** A page that is one message. */
export function Message({ icon, title, children, actions }: MessageProps) {
  return (
    <main id="content" className="mx-auto flex max-w-[560px] flex-col gap-3 px-4 pt-[14dvh] pb-16">
      <span
        aria-hidden
        className="flex size-10 items-center justify-center rounded-card border border-line bg-panel text-muted [&>svg]:size-5"
      >
        {icon}
      </span>
      <h1 className="font-semibold text-title wrap-anywhere">{title}</h1>
      <div className="grid gap-2 text-muted text-prose wrap-anywhere">{children}</div>
      <div className="mt-2 flex flex-wrap gap-2">{actions}</div>
    </main>
  );
}
