import { HubError } from "../errors.ts";

/** A bucket's full name, `namespace/name`. */
export type BucketId = string;

const NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,95}$/;

/** True for a namespace or bucket name that the Hub's clients accept (huggingface_hub `validate_repo_id`). */
export function isName(name: string): boolean {
  return NAME.test(name) && !/--|\.\.|[-.]$|\.git$/.test(name);
}

/** The rule of `isName` in words, for messages and form hints. */
export const NAME_RULE =
  "1 to 96 letters, digits, '-', '_' or '.'; no '-' or '.' at either end, no '--' or '..', not ending in '.git'";

export function checkName(name: string, what = "name"): string {
  if (!isName(name)) throw new HubError("BadRequest", `Invalid ${what} ${JSON.stringify(name)}: use ${NAME_RULE}.`);
  return name;
}

export function formatBucketId(namespace: string, name: string): BucketId {
  return `${namespace}/${name}`;
}

/** Splits and checks `namespace/name`. Throws BadRequest. */
export function parseBucketId(id: string): { namespace: string; name: string } {
  const [namespace, name, ...rest] = id.split("/");
  if (namespace === undefined || name === undefined || rest.length > 0) {
    throw new HubError("BadRequest", `Invalid bucket id ${JSON.stringify(id)}: expected 'namespace/name'.`);
  }
  return { namespace: checkName(namespace, "namespace"), name: checkName(name, "bucket name") };
}

/** `hf://buckets/namespace/name/path`, what people paste into clients. */
export function formatHandle(id: BucketId, path = ""): string {
  return `hf://buckets/${id}${path && `/${path}`}`;
}
