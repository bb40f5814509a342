import type { ComponentProps } from "react";

/** The mark: a barrel of nine staves. */
export function Barrel(props: ComponentProps<"svg">) {
  return (
    <svg viewBox="0 0 24 24" fill="currentColor" aria-hidden="true" {...props}>
      <path d="M6.2 2.5h2.5v5H4.6c.3-2 .9-3.8 1.6-5ZM9.9 2.5h4.2v5H9.9zM15.3 2.5h2.5c.7 1.2 1.3 3 1.6 5h-4.1zM4.4 8.7h4.3v6.6H4.4a24 24 0 0 1 0-6.6ZM9.9 8.7h4.2v6.6H9.9zM15.3 8.7h4.3a24 24 0 0 1 0 6.6h-4.3zM4.6 16.5h4.1v5H6.2c-.7-1.2-1.3-3-1.6-5ZM9.9 16.5h4.2v5H9.9zM15.3 16.5h4.1c-.3 2-.9 3.8-1.6 5h-2.5z" />
    </svg>
  );
}

/** A barrel between two sheets of data: for places that wait for their first file. */
export function BarrelScene(props: ComponentProps<"svg">) {
  return (
    <svg viewBox="0 0 160 80" fill="none" strokeWidth="2" strokeLinejoin="round" aria-hidden="true" {...props}>
      <g className="fill-panel stroke-accent">
        <path d="M12.5 18.6 37 15.2a4 4 0 0 1 4.5 3.4l4.2 30.2a4 4 0 0 1-3.4 4.5l-24.5 3.4a4 4 0 0 1-4.5-3.4L9.1 23.1a4 4 0 0 1 3.4-4.5Z" />
        <path d="m147.5 18.6-24.5-3.4a4 4 0 0 0-4.5 3.4l-4.2 30.2a4 4 0 0 0 3.4 4.5l24.5 3.4a4 4 0 0 0 4.5-3.4l4.2-30.2a4 4 0 0 0-3.4-4.5Z" />
        <path d="M58 8h44c10 20 10 44 0 64H58c-10-20-10-44 0-64Z" />
      </g>
      <path d="M72 8c-6 21-6 43 0 64M88 8c6 21 6 43 0 64" className="stroke-logical" />
      <path d="M54 24h52M54 56h52" className="stroke-accent" />
      <path d="m20 28 15-2.1M125 25.9l15 2.1" className="stroke-unique" strokeWidth="4" strokeLinecap="round" />
      <path d="m21.4 37 9.5-1.3M129 35.7l9.5 1.3" className="stroke-logical" strokeWidth="4" strokeLinecap="round" />
      <path d="M80 50V32m-7 7 7-7.5 7 7.5" className="stroke-new" strokeWidth="2.5" strokeLinecap="round" />
    </svg>
  );
}
