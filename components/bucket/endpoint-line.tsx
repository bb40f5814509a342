import { CopyButton } from "../ui/copy-button.tsx";
import { Server } from "../ui/icons.tsx";

/** The address that clients need, for a card's foot. */
export function EndpointLine({ origin }: { origin: string }) {
  const text = `HF_ENDPOINT=${origin}`;
  return (
    <div className="flex items-center gap-1.5 text-muted">
      <Server aria-hidden className="size-3.5 shrink-0" />
      <code className="truncate font-mono text-[11.5px]">{text}</code>
      <CopyButton text={`export ${text}`} what="Endpoint" className="-my-1 ml-auto" />
    </div>
  );
}
