/**
 * Compiles lib/kernel (AssemblyScript) to lib/kernel/build/kernel.ts: a module that holds the WASM bytes as base64 text, so that
 * Node, Next's bundle, a worker and Vitest load it alike. Returns at once when the sources have not changed.
 */
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const kernel = join(root, "lib/kernel");
const build = join(kernel, "build");
const built = join(build, "kernel.ts");

const OPTIONS = [
  "--runtime=stub",
  "--enable=simd",
  "--noAssert",
  "--optimizeLevel=3",
  "--shrinkLevel=0",
  "--converge",
  "--memoryBase=1024",
  "--initialMemory=48",
  "--maximumMemory=48",
];

const digest = await sourceDigest();
if (!(await isFresh(digest))) {
  const wasm = await compile();
  await writeWhole(
    built,
    `// ${digest}\n// Built by scripts/build-kernel.ts from lib/kernel.\nexport const KERNEL_WASM =\n  "${wasm.toString("base64")}";\n`,
  );
  console.log(`kernel: ${wasm.length} bytes of WASM`);
}

/** Names everything that the build depends on: sources, this file, the compiler. */
async function sourceDigest(): Promise<string> {
  const hash = createHash("sha256");
  const names = (await readdir(kernel)).filter((name) => name.endsWith(".ts") || name.endsWith(".json")).sort();
  const paths = names.map((name) => join(kernel, name));
  const compiler = createRequire(import.meta.url).resolve("assemblyscript/package.json");
  for (const path of [...paths, fileURLToPath(import.meta.url), compiler])
    hash.update(basename(path)).update(await readFile(path));
  return hash.digest("hex");
}

async function isFresh(digest: string): Promise<boolean> {
  const text = await readFile(built, "utf8").catch(() => "");
  return text.startsWith(`// ${digest}\n`) && text.endsWith('";\n');
}

async function compile(): Promise<Buffer> {
  const [{ default: asc }, { printRounds }] = await Promise.all([
    import("assemblyscript/asc"),
    import("../lib/kernel/unroll.ts"),
  ]);
  await mkdir(build, { recursive: true });
  await writeWhole(join(build, "blake3-rounds.ts"), printRounds());
  let wasm: Uint8Array | undefined;
  const stderr = asc.createMemoryStream();
  const { error } = await asc.main(["kernel.ts", "--outFile", "kernel.wasm", "--baseDir", kernel, ...OPTIONS], {
    stderr,
    writeFile: (name, contents) => {
      if (name.endsWith(".wasm")) wasm = contents as Uint8Array;
    },
  });
  if (error || !wasm) throw new Error(`asc failed\n${stderr.toString()}`, { cause: error });
  return Buffer.from(wasm);
}

/** Never leaves half a file behind, also when two builds run at once. */
async function writeWhole(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}`;
  await writeFile(draft, text);
  await rename(draft, path);
}
