import { EndpointLine } from "../bucket/endpoint-line.tsx";
import { Card, CardHead } from "../ui/card.tsx";
import { Code } from "../ui/code.tsx";
import { planLines } from "./plan-lines.ts";

interface TerminalCardProps {
  title: string;
  /** Before the first line. */
  note: string;
  origin: string;
  /** Where the sync goes. */
  handle?: string;
}

/** How a plan is written and sent without this page. */
export function TerminalCard({ title, note, origin, handle }: TerminalCardProps) {
  const { write, send, pipe } = planLines(origin, handle);
  return (
    <Card aria-label={title}>
      <CardHead title={title} />
      <div className="grid grid-cols-[minmax(0,1fr)] gap-3 p-3.5">
        <p className="text-muted">{note}</p>
        <Code text={`${write}\n${send}`} what="Lines" />
        <p className="text-muted">Or without a file:</p>
        <Code text={pipe} what="Lines" />
        <EndpointLine origin={origin} />
      </div>
    </Card>
  );
}
