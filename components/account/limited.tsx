import { Notice } from "../ui/notice.tsx";

/** Shown where a session that was opened with a token may not go. */
export function Limited({ what }: { what: string }) {
  return (
    <Notice title={`${what} can not be shown in this session`}>
      It was opened with an access token, which may use buckets and no more. Sign in by password or by link to manage
      the account.
    </Notice>
  );
}
