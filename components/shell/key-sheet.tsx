"use client";

import { Dialog } from "../ui/dialog.tsx";
import { Kbd } from "../ui/kbd.tsx";
import { useKeysSetting } from "./keys.tsx";

const GROUPS: { title: string; keys: [string, string][] }[] = [
  {
    title: "Anywhere",
    keys: [
      ["Ctrl K", "Jump to a bucket, path or plan"],
      ["g h", "Buckets"],
      ["g p", "Plans"],
      ["g f", "Files of this bucket"],
      ["/", "Filter"],
      ["u", "Upload to this folder"],
      ["g u", "The uploads that run"],
      ["t", "Theme: system, light, dark"],
      ["?", "This sheet"],
      ["Esc", "Close the nearest thing"],
    ],
  },
  {
    title: "In a list of files",
    keys: [
      ["j k", "Down, up"],
      ["Enter", "Open"],
      ["Backspace", "The folder above"],
      ["x", "Select"],
      ["Shift x", "Select up to here"],
      ["a", "Select all"],
      ["y", "Copy handle"],
      ["d", "Download"],
    ],
  },
  {
    title: "On the dedup page",
    keys: [
      ["w", "What these words mean"],
      ["j k", "Down, up in the folders"],
      ["← →", "Close, open a folder"],
      ["e", "Open or close a folder"],
      ["x", "Select"],
      ["Esc", "Select nothing"],
    ],
  },
  {
    title: "In a chart",
    keys: [
      ["← →", "From value to value"],
      ["↑ ↓", "In a matrix or map: up, down"],
      ["Enter", "In a map: open"],
      ["Backspace", "In a map: the folder above"],
    ],
  },
  {
    title: "In a plan",
    keys: [
      ["j k", "Down, up"],
      ["Space", "Details, or open a folder"],
      ["x", "Leave out, or take in"],
      ["Shift x", "The same up to here"],
      ["a", "All that is shown"],
      ["e", "Expand"],
      ["Shift e", "Expand all below"],
      ["n p", "Next, previous note"],
      ["c", "Comment"],
      ["Shift A", "Approve what is checked"],
    ],
  },
];

export function KeySheet({ onClose }: { onClose: () => void }) {
  const { on } = useKeysSetting();
  return (
    <Dialog title="Keyboard shortcuts" onClose={onClose} width={560}>
      {/* Focusable, so that a sheet higher than the window scrolls by keyboard. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls needs the focus. */}
      <section aria-label="All keys" tabIndex={0} className="grid gap-x-8 gap-y-5 pt-2 sm:grid-cols-2">
        {GROUPS.map((group) => (
          <section key={group.title} aria-label={group.title}>
            <h3 className="mb-1.5 text-muted text-secondary">{group.title}</h3>
            <dl>
              {group.keys.map(([keys, does]) => (
                <div key={keys} className="flex min-h-8 items-center gap-3 border-hairline border-t">
                  <dd className="mr-auto">{does}</dd>
                  <dt className="flex gap-1">
                    {keys.split(" ").map((key) => (
                      <Kbd key={key}>{key}</Kbd>
                    ))}
                  </dt>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </section>
      <p className="mt-4 text-muted text-secondary">
        {on
          ? "Keys rest while you type in a field."
          : "Single keys are turned off in your profile; Ctrl K and Esc still work."}
      </p>
    </Dialog>
  );
}
