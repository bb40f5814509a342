import { Card } from "../ui/card.tsx";
import { EndpointLine } from "./endpoint-line.tsx";
import { SnippetTabs } from "./snippet-tabs.tsx";
import type { SnippetSet } from "./snippets.ts";

interface UseCardProps {
  title: string;
  set: SnippetSet;
  origin: string;
}

/** Lines for the three clients, and the address that they need. */
export function UseCard({ title, set, origin }: UseCardProps) {
  return (
    <Card aria-label={title} className="grid grid-cols-[minmax(0,1fr)] gap-2.5 p-3.5">
      <h2 className="font-semibold">{title}</h2>
      <SnippetTabs label="Client" set={set} />
      <EndpointLine origin={origin} />
    </Card>
  );
}
