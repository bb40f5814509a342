import { expect, test } from "vitest";
import { checkPassword, hashPassword, PASSWORD_COST } from "./secrets.ts";

test("a password costs what it should, and an old hash of another cost still counts", async () => {
  const stored = await hashPassword("correct horse", PASSWORD_COST);
  expect(stored).toMatch(/^scrypt:32768\.8\.3:[\w-]{22}:[\w-]{43}$/);
  expect(await checkPassword("correct horse", stored, PASSWORD_COST)).toBe(true);
  expect(await checkPassword("correct hors", stored, PASSWORD_COST)).toBe(false);
  const old = await hashPassword("correct horse", { N: 1024, r: 8, p: 1 });
  expect(await checkPassword("correct horse", old, PASSWORD_COST)).toBe(true);
  expect(await checkPassword("", null, PASSWORD_COST)).toBe(false);
});
