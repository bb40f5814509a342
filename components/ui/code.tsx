import { CopyButton } from "./copy-button.tsx";

interface CodeProps {
  text: string;
  /** What the copy button copies, in words: "Command". */
  what: string;
}

/** A block of commands or code with its copy button. */
export function Code({ text, what }: CodeProps) {
  return (
    <div className="relative rounded-control border border-line bg-sunken">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region must be reachable by keyboard */}
      <pre tabIndex={0} className="overflow-x-auto py-2.5 pr-10 pl-3 font-mono text-[11.5px] leading-[18px]">
        {text}
      </pre>
      <CopyButton text={text} what={what} className="absolute top-1 right-1 bg-sunken" />
    </div>
  );
}
