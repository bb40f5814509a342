/** The accounts every suite has: an owner, a stranger, and an organization whose buckets are private by default. */
import type { TestServer } from "./server.ts";

export interface Person {
  name: string;
  password: string;
  /** Role write. */
  token: string;
}

export interface People {
  owner: Person & {
    readToken: string;
    /** Role admin: sets the rules of protected buckets. */
    adminToken: string;
    /** Role propose: what an agent has. */
    proposeToken: string;
  };
  stranger: Person;
  /** A leading and a trailing `_` are legal in names. */
  odd: Person;
  /** The owner administers it; the stranger is no member. */
  org: string;
}

export async function createPeople(server: TestServer): Promise<People> {
  const [owner, stranger, odd] = [
    await person(server, "ada"),
    await person(server, "grace"),
    await person(server, "__odd_one__"),
  ];
  const readToken = await server.admin(["token", "create", owner.name, "--role", "read", "--label", "reader"]);
  const adminToken = await server.admin(["token", "create", owner.name, "--role", "admin", "--label", "rules"]);
  const proposeToken = await server.admin(["token", "create", owner.name, "--role", "propose", "--label", "agent"]);
  const org = "guild";
  await server.admin(["org", "create", org, "--private-by-default"]);
  await server.admin(["org", "add", org, owner.name, "--role", "admin"]);
  return { owner: { ...owner, readToken, adminToken, proposeToken }, stranger, odd, org };
}

async function person(server: TestServer, name: string): Promise<Person> {
  const password = `the password of ${name}`;
  await server.admin(["user", "create", name, "--email", `${name}@example.org`, "--password-stdin"], `${password}\n`);
  const token = await server.admin(["token", "create", name, "--role", "write", "--label", "suite"]);
  return { name, password, token };
}
