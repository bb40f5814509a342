/**
 * Globs and filters as `hf buckets sync` has them: Python's fnmatch on whole paths, where `*` and `?` also match "/" and "**" means no
 * more than "*". Matched by two pointers, so that no pattern of anybody's takes more than length times length.
 */

export type PathFilter = (path: string) => boolean;

export interface FilterOptions {
  include?: string[];
  exclude?: string[];
  /** Of a filter file, in its order; the first that matches decides, before all of the others. */
  rules?: FilterRule[];
}

export interface FilterRule {
  include: boolean;
  pattern: string;
}

const ANY = "?";
const MANY = "*";
type Token = typeof ANY | typeof MANY | { code: number } | CodeSet;
interface CodeSet {
  negated: boolean;
  /** Inclusive ranges of code points. */
  ranges: [number, number][];
}

/** The client's order: rules of the file, every exclude, every include; then out if there was any include, else in. */
export function createSyncFilter({ include = [], exclude = [], rules = [] }: FilterOptions): PathFilter {
  const glob = (pattern: string) => compileGlob(pattern.replaceAll("\\", "/"));
  const ordered = [
    ...rules.map((rule) => ({ include: rule.include, matches: glob(rule.pattern) })),
    ...exclude.map((pattern) => ({ include: false, matches: glob(pattern) })),
    ...include.map((pattern) => ({ include: true, matches: glob(pattern) })),
  ];
  const otherwise = include.length === 0;
  return (path) => ordered.find(({ matches }) => matches(path))?.include ?? otherwise;
}

/** Lines `+ pattern`, `- pattern` or a bare pattern to include; blank ones and `#` comments say nothing. */
export function parseFilterRules(text: string): FilterRule[] {
  const rules: FilterRule[] = [];
  for (const raw of text.split(/\r\n|\r|\n/)) {
    const line = strip(raw);
    if (line === "" || line.startsWith("#")) continue;
    const sign = line[0] === "+" || line[0] === "-" ? line[0] : "";
    rules.push({ include: sign !== "-", pattern: strip(line.slice(sign.length)) });
  }
  return rules;
}

/** Python's str.strip: it takes some separators that trim() does not, and leaves the byte order mark. */
function strip(text: string): string {
  const space = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+";
  return text.replace(new RegExp(`^${space}|${space}$`, "g"), "");
}

/** Whether a whole text matches one fnmatch pattern, case and all. */
export function compileGlob(pattern: string): PathFilter {
  const tokens = tokenize(pattern);
  if (!tokens.some((token) => typeof token === "string" || "ranges" in token)) return (path) => path === pattern;
  return (path) => matches(tokens, path);
}

/** True for a text that compileGlob would take for more than itself. */
export function isGlob(text: string): boolean {
  return /[*?[]/.test(text);
}

function tokenize(pattern: string): Token[] {
  const chars = [...pattern];
  const tokens: Token[] = [];
  for (let at = 0; at < chars.length; at++) {
    const char = chars[at];
    const close = char === "[" ? closingBracket(chars, at) : -1;
    if (char === "*") {
      if (tokens.at(-1) !== MANY) tokens.push(MANY);
    } else if (char === "?") {
      tokens.push(ANY);
    } else if (close !== -1) {
      tokens.push(readSet(chars.slice(at + 1, close)));
      at = close;
    } else {
      tokens.push({ code: char.codePointAt(0)! });
    }
  }
  return tokens;
}

/** A "]" right after "[" or "[!" is a member; -1 if none closes: then "[" is itself. */
function closingBracket(chars: string[], open: number): number {
  let at = open + 1;
  if (chars[at] === "!") at++;
  if (chars[at] === "]") at++;
  return chars.indexOf("]", at);
}

/**
 * What stands between the brackets. The pieces between range hyphens are gathered first, and where a range runs backwards its two ends
 * vanish; only then the set is read. So do `[z-a]` (never), `[!z-a]` (anything) and `[a-c-e]` (a to c, "-", e) mean what they do in Python.
 */
function readSet(inside: string[]): CodeSet {
  const pieces = splitRanges(inside);
  for (let at = pieces.length - 1; at > 0; at--) {
    const [before, after] = [pieces[at - 1], pieces[at]];
    if (code(before[before.length - 1]) <= code(after[0])) continue;
    pieces.splice(at - 1, 2, [...before.slice(0, -1), ...after.slice(1)]);
  }
  // null is the hyphen of a range.
  const members: (string | null)[] = pieces.flatMap((piece, at) => (at === 0 ? piece : [null, ...piece]));
  const negated = members[0] === "!";
  if (negated) members.shift();
  const ranges: [number, number][] = [];
  for (let at = 0; at < members.length; at++) {
    const from = code(members[at] ?? "-");
    if (members[at + 1] === null && at + 2 < members.length) {
      ranges.push([from, code(members[at + 2] ?? "-")]);
      at += 2;
    } else {
      ranges.push([from, from]);
    }
  }
  return { negated, ranges };
}

/** Pieces around hyphens that may make a range: not the first member, and never two in a row around one. */
function splitRanges(inside: string[]): string[][] {
  const pieces: string[][] = [];
  let start = 0;
  let from = inside[0] === "!" ? 2 : 1;
  for (;;) {
    const hyphen = inside.indexOf("-", from);
    if (hyphen === -1) break;
    pieces.push(inside.slice(start, hyphen));
    start = hyphen + 1;
    from = hyphen + 3;
  }
  const rest = inside.slice(start);
  if (rest.length > 0 || pieces.length === 0) pieces.push(rest);
  else pieces[pieces.length - 1].push("-");
  return pieces;
}

function code(char: string): number {
  return char.codePointAt(0)!;
}

/** On a mismatch the last star takes one character more; earlier ones need not, for they took the least that works. */
function matches(tokens: Token[], text: string): boolean {
  let [token, at] = [0, 0];
  let [star, starAt] = [-1, 0];
  while (at < text.length) {
    const point = text.codePointAt(at)!;
    const width = point > 0xffff ? 2 : 1;
    const wanted = tokens[token];
    if (wanted === MANY) {
      [star, starAt] = [token++, at];
    } else if (wanted !== undefined && accepts(wanted, point)) {
      token++;
      at += width;
    } else if (star !== -1) {
      token = star + 1;
      starAt += text.codePointAt(starAt)! > 0xffff ? 2 : 1;
      at = starAt;
    } else {
      return false;
    }
  }
  while (tokens[token] === MANY) token++;
  return token === tokens.length;
}

function accepts(token: Exclude<Token, typeof MANY>, point: number): boolean {
  if (token === ANY) return true;
  if ("code" in token) return token.code === point;
  return token.ranges.some(([from, to]) => from <= point && point <= to) !== token.negated;
}
