import type { Metadata } from "next";
import { Message } from "#components/shell/message.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { SearchX } from "#components/ui/icons.tsx";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <Message
      icon={<SearchX strokeWidth={1.75} />}
      title="There is nothing at this address"
      actions={
        <ButtonLink variant="primary" size="large" href="/" prefetch={false}>
          Go to your buckets
        </ButtonLink>
      }
    >
      <p>
        The page does not exist, was deleted, or is not open to you: a hidden bucket answers as if it did not exist.
      </p>
      <p>Press Ctrl K to jump to a bucket, or paste an hf:// handle there.</p>
    </Message>
  );
}
