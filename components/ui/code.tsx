import { CopyButton } from "./copy-button.tsx";

interface CodeProps {
  text: string;
  /** What the copy button copies, in words: "Command". */
  what: string;
}

/** A block of commands or code with its copy button. */
export function Code({ text, what }: CodeProps) {
  return (
    <div className="flex items-start rounded-control border border-line bg-sunken">
      <pre
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard
        tabIndex={0}
        className="min-w-0 flex-1 overflow-x-auto py-2.5 pl-3 font-mono text-[11.5px] leading-[18px] pointer-coarse:py-3"
      >
        {text}
      </pre>
      <CopyButton text={text} what={what} className="m-1 pointer-coarse:m-0" />
    </div>
  );
}
