import type { ComponentProps, ReactNode } from "react";

export function Card({ className = "", ...rest }: ComponentProps<"section">) {
  return <section className={`rounded-card border border-line bg-panel ${className}`} {...rest} />;
}

interface CardHeadProps {
  title: ReactNode;
  icon?: ReactNode;
  children?: ReactNode;
  /** Level of the heading in the page's outline. */
  level?: 2 | 3;
  id?: string;
}

/** The head line of a card: title at the left, controls or a note at the right. */
export function CardHead({ title, icon, children, level = 2, id }: CardHeadProps) {
  const Heading = level === 2 ? "h2" : "h3";
  return (
    <div className="flex min-h-10 flex-wrap items-center gap-2 border-line border-b px-3.5 py-1.5 [&>svg]:size-4 [&>svg]:text-muted">
      {icon}
      <Heading id={id} className="mr-auto font-semibold text-body">
        {title}
      </Heading>
      {children}
    </div>
  );
}
