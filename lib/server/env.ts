/** The environment, read and checked once. The only file that touches `process.env`. */
import { resolve } from "node:path";
import { z } from "zod";
import { parseDuration } from "#lib/core/duration.ts";
import { DEFAULT_SHARE } from "./cas/grace.ts";

const httpUrl = z
  .string()
  .refine((text) => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol), "an http:// or https:// URL")
  .transform((text) => text.replace(/\/+$/, ""));

const LOG_LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

const duration = z.string().refine((text) => parseDuration(text) !== null);
const toMs = (text: string) => parseDuration(text)!;

/** Each variable with what it may hold, in the words of the error message. */
const VARIABLES = {
  PORT: { schema: z.coerce.number().int().min(0).max(65535).default(3000), may: "a port number from 0 to 65535" },
  HOST: { schema: z.string().min(1).default("127.0.0.1"), may: "a host name or address to listen on" },
  PUBLIC_URL: { schema: httpUrl.optional(), may: "an http:// or https:// URL, the address that clients use" },
  DATA_DIR: {
    schema: z
      .string()
      .min(1)
      .default("./data")
      .transform((text) => resolve(text)),
    may: "a folder",
  },
  HUB_URL: { schema: httpUrl.optional(), may: "the http:// or https:// URL of an upstream Hub" },
  SESSION_SECRET: { schema: z.string().min(16).optional(), may: "at least 16 characters" },
  GC_GRACE: { schema: duration.default("21d").transform(toMs), may: "a time like 21d or 12h, or 0" },
  GC_EVERY: {
    schema: z
      .union([z.literal("off"), duration.refine((text) => text !== "0")])
      .default("6h")
      .transform((text) => (text === "off" ? null : toMs(text))),
    may: "a time like 6h or 30m, or off",
  },
  GC_REWRITE_SHARE: { schema: z.coerce.number().min(0).max(1).default(DEFAULT_SHARE), may: "a number from 0 to 1" },
  LOG_LEVEL: { schema: z.enum(LOG_LEVELS).default("info"), may: `one of ${LOG_LEVELS.join(", ")}` },
} as const;

export type Env = { [Name in keyof typeof VARIABLES]: z.output<(typeof VARIABLES)[Name]["schema"]> };

export class EnvError extends Error {}

/** Set but not built yet: refused, because a server that ignores them would write its data elsewhere. */
const LATER = ["DATABASE_URL", "BLOB_URL"];

/** Throws EnvError with one line that names the variable, what it holds and what it may hold. Empty counts as not set. */
export function readEnv(source: Record<string, string | undefined> = process.env): Env {
  for (const name of LATER) {
    if (source[name]) throw new EnvError(`${name} is set, but this version keeps its data in DATA_DIR only; unset it.`);
  }
  const env: Record<string, unknown> = {};
  for (const [name, { schema, may }] of Object.entries(VARIABLES)) {
    const text = source[name] === "" ? undefined : source[name];
    const result = schema.safeParse(text);
    if (!result.success) {
      const shown = name === "SESSION_SECRET" ? `${text?.length} characters` : JSON.stringify(text);
      throw new EnvError(`${name} holds ${shown}; it may hold ${may}.`);
    }
    env[name] = result.data;
  }
  return env as Env;
}
