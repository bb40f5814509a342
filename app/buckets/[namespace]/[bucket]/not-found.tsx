import { Message } from "#components/shell/message.tsx";
import { ButtonLink } from "#components/ui/button.tsx";
import { FileX } from "#components/ui/icons.tsx";

export default function NotInBucket() {
  return (
    <Message
      icon={<FileX strokeWidth={1.75} />}
      title="This bucket or path does not exist"
      actions={
        <ButtonLink size="large" href="/" prefetch={false}>
          All buckets
        </ButtonLink>
      }
    >
      <p>It was deleted or renamed, or it is not open to you: a hidden bucket answers as if it did not exist.</p>
    </Message>
  );
}
