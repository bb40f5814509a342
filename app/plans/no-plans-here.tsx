import { GitPullRequestArrow } from "lucide-react";
import { Message } from "#components/shell/message.tsx";
import { ButtonLink } from "#components/ui/button.tsx";

/** For a server that stands before another Hub. */
export function NoPlansHere() {
  return (
    <Message
      icon={<GitPullRequestArrow strokeWidth={1.75} />}
      title="Plans are not reviewed here"
      actions={
        <ButtonLink size="large" href="/" prefetch={false}>
          All buckets
        </ButtonLink>
      }
    >
      <p>
        This server shows the buckets of another Hub (HUB_URL), and that Hub applies what clients send it. A review here
        could not hold anything back.
      </p>
    </Message>
  );
}
