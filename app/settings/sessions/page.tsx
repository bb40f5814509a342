import type { Metadata } from "next";
import { Limited } from "#components/account/limited.tsx";
import { SessionList } from "#components/account/sessions.tsx";
import { isHubError } from "#lib/core/errors.ts";
import { pageActor, pageRead, pageSession } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: "Sessions" };

export default async function SessionsPage() {
  const actor = await pageActor();
  const session = await pageSession();
  const sessions = await pageRead("/settings/sessions", () =>
    services()
      .accounts.listSessions(actor, session)
      .catch((error) => {
        if (isHubError(error, "Forbidden")) return null;
        throw error;
      }),
  );
  return (
    <>
      <div>
        <h1 className="font-semibold text-title">Sessions</h1>
        <p className="text-muted">Browsers that are signed in as you. Access tokens are listed on their own page.</p>
      </div>
      {sessions === null ? <Limited what="The sessions" /> : <SessionList sessions={sessions} />}
    </>
  );
}
