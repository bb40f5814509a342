import { noRepository } from "#lib/server/http/bucket.ts";

export { noRepository as DELETE, noRepository as GET, noRepository as POST };
