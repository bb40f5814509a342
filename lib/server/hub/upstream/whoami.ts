/** Who the token belongs to on the upstream Hub, and what may be read from that about rights. */
import type { BucketId } from "#lib/core/bucket/id.ts";
import { HubError } from "#lib/core/errors.ts";
import type { Actor, MemberRole } from "../actor.ts";
import type { BucketRights, NamespaceInfo } from "../hub.ts";
import type { ExpiringMap } from "./cache.ts";
import type { UpstreamClient } from "./client.ts";

/** whoami-v2 is rate-limited on the real Hub (reference 7), and a page asks for rights several times. */
export const IDENTITY_MS = 60_000;

export interface Identity {
  namespaces: NamespaceInfo[];
  /** The token's own limit: false for one that can only read. */
  writes: boolean;
}

export async function whoami(client: UpstreamClient, actor: Actor): Promise<Record<string, unknown>> {
  if (actor.upstreamToken === null) throw new HubError("Unauthorized", "Nobody is signed in.");
  // Not by the library, which makes a Date of `createdAt` and fails where `auth` is missing.
  const { value } = await client.json(actor, "/api/whoami-v2", { missing: "NotFound" });
  if (typeof value !== "object" || value === null)
    throw new HubError("UpstreamFailed", "The Hub did not say who this is.");
  return value as Record<string, unknown>;
}

export async function identityOf(
  client: UpstreamClient,
  cache: ExpiringMap<Identity>,
  actor: Actor,
): Promise<Identity | null> {
  if (actor.upstreamToken === null) return null;
  return cache.get(client.key(actor), async () => readIdentity(await whoami(client, actor)));
}

const ROLES: MemberRole[] = ["read", "contributor", "write", "admin"];

/** Own namespace first, then organizations by name. Fields that a Hub leaves out are taken generously: it decides in the end. */
export function readIdentity(json: Record<string, unknown>): Identity {
  const text = (value: unknown, otherwise: string) => (typeof value === "string" && value !== "" ? value : otherwise);
  const name = text(json.name, "");
  if (name === "") throw new HubError("UpstreamFailed", "The Hub did not say whose token this is.");
  const orgs = (Array.isArray(json.orgs) ? json.orgs : []).flatMap((org: Record<string, unknown>): NamespaceInfo[] => {
    const orgName = text(org?.name, "");
    if (orgName === "") return [];
    const said = ROLES.find((role) => role === org.roleInOrg);
    return [
      {
        name: orgName,
        fullName: text(org.fullname, orgName),
        type: "org",
        role: said ?? "write",
        privateByDefault: org.privateByDefault === true,
      },
    ];
  });
  orgs.sort((a, b) => (a.name < b.name ? -1 : 1));
  const own: NamespaceInfo = {
    name,
    fullName: text(json.fullname, name),
    type: json.type === "org" ? "org" : "user",
    role: "admin",
    privateByDefault: json.privateByDefault === true,
  };
  const role = (json.auth as { accessToken?: { role?: unknown } } | undefined)?.accessToken?.role;
  return { namespaces: [own, ...orgs], writes: role !== "read" && role !== "propose" };
}

/** What pages offer. On a Hub, a writer of an organization may also rename and delete its buckets. */
export function rightsOf(identity: Identity | null, id: BucketId): BucketRights {
  const namespace = id.slice(0, id.indexOf("/"));
  const role = identity?.namespaces.find((one) => one.name.toLowerCase() === namespace.toLowerCase())?.role ?? "read";
  if (identity === null || !identity.writes || role === "read") return { write: false, admin: false };
  return { write: true, admin: role !== "contributor" };
}
