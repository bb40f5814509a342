import type { Metadata } from "next";
import { Limited } from "#components/account/limited.tsx";
import { CreateToken, TokenList } from "#components/account/tokens.tsx";
import { isHubError } from "#lib/core/errors.ts";
import { pageActor, pageOrigin, pageRead } from "#lib/server/http/page.ts";
import { services } from "#lib/server/services.ts";

export const metadata: Metadata = { title: "Access tokens" };

export default async function TokensPage() {
  const actor = await pageActor();
  const { accounts, hub } = services();
  const tokens = await pageRead("/settings/tokens", () =>
    accounts.listTokens(actor).catch((error) => {
      if (isHubError(error, "Forbidden")) return null;
      throw error;
    }),
  );
  const namespaces = await hub.listNamespaces(actor);
  return (
    <>
      <div>
        <h1 className="font-semibold text-title">Access tokens</h1>
        <p className="text-muted">
          What the hf command, Python, JavaScript and agents sign in with. They count as you.
        </p>
      </div>
      {tokens === null ? (
        <Limited what="The tokens" />
      ) : (
        <>
          <CreateToken namespaces={namespaces.map(({ name }) => name)} origin={await pageOrigin()} />
          <TokenList tokens={tokens} />
        </>
      )}
    </>
  );
}
