/** Every route that the server has, and which of them requests have come to. */
import { readdir } from "node:fs/promises";
import { join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { createRouter, type RouteModule } from "#lib/server/http/router.ts";

const APP = join(import.meta.dirname, "../../app");
const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] as const;

/** As `METHOD pattern`; of those not in `asked` (methods and paths). What another route answers with the same handler is covered with it. */
export async function findUncovered(asked: Iterable<string>): Promise<string[]> {
  const files = (await readdir(APP, { recursive: true })).filter((file) => /(^|[\\/])route\.ts$/.test(file));
  const patterns = files.map((file) => `/${file.slice(0, -"/route.ts".length).split(sep).join("/")}`);
  const modules = await Promise.all(
    files.map(async (file): Promise<RouteModule> => import(pathToFileURL(join(APP, file)).href)),
  );
  const router = createRouter(patterns.map((pattern, at) => [pattern, modules[at]!]));
  const covered = new Set<unknown>();
  for (const request of asked) {
    const [method, path] = request.split(" ") as [(typeof METHODS)[number], string];
    const module = router.match(path.replace(/^\/api\/cas\/~[\w-]+(?=\/)/, "/api/cas"))?.module;
    covered.add(module?.[method] ?? (method === "HEAD" ? module?.GET : undefined));
  }
  return patterns.flatMap((pattern, at) =>
    METHODS.filter((method) => modules[at]![method] !== undefined && !covered.has(modules[at]![method])).map(
      (method) => `${method} ${pattern}`,
    ),
  );
}
