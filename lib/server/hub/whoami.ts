/** The JSON of `whoami-v2` (reference/hub-bucket-api 7) and the namespaces behind it. */
import { formatTime } from "#lib/core/bucket/entry.ts";
import { getNamespace, type NamespaceRow } from "../db/accounts.ts";
import type { Database } from "../db/db.ts";
import { ownNamespaces, signInFirst } from "./access.ts";
import type { Hub } from "./hub.ts";

type WhoamiVerbs = Pick<Hub, "whoami" | "listNamespaces">;

/** Fields that users and organizations share; nobody pays here. */
function formatNamespace(row: NamespaceRow) {
  return {
    type: row.type,
    id: row.id.toString(16).padStart(24, "0"),
    name: row.name,
    fullname: row.full_name,
    email: row.email,
    canPay: false,
    periodEnd: null,
    avatarUrl: "",
    privateByDefault: row.private_by_default === 1,
  };
}

export function createWhoamiVerbs({ db: { read: db } }: { db: Database }): WhoamiVerbs {
  return {
    async whoami(actor) {
      const row = actor.account === null ? undefined : await getNamespace(db, actor.account.id);
      if (row === undefined) throw signInFirst();
      const orgs = (await ownNamespaces(db, actor)).filter((own) => own.type === "org");
      return {
        ...formatNamespace(row),
        emailVerified: row.email !== null,
        isPro: false,
        billingMode: "prepaid",
        orgs: orgs.map((org) => ({ ...formatNamespace(org), roleInOrg: org.role, isEnterprise: false })),
        auth: {
          type: "access_token",
          accessToken: {
            displayName: actor.token?.label ?? "session",
            role: actor.role,
            createdAt: formatTime(actor.token?.createdAt ?? row.created_at),
          },
        },
      };
    },

    async listNamespaces(actor) {
      return (await ownNamespaces(db, actor)).map((row) => ({
        name: row.name,
        fullName: row.full_name,
        type: row.type,
        role: row.role,
        privateByDefault: row.private_by_default === 1,
      }));
    },
  };
}
