/** Where a text stops being JSON, in the same words in every engine: `JSON.parse` says it in its own way, or not at all. */

export interface JsonFault {
  /** Of the first character that cannot be, from 1. */
  column: number;
  expected: string;
  found: string;
  /** The text just ends. */
  cutOff: boolean;
}

type State = "value" | "first-value" | "first-name" | "name" | "colon" | "comma" | "end";

const EXPECTED: Record<Exclude<State, "comma">, string> = {
  value: "a value",
  "first-value": "a value or ']'",
  "first-name": "a property name or '}'",
  name: "a property name",
  colon: "':'",
  end: "the end of the line",
};
const SCALAR = /(?:true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.+-])/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON allows none of them in a string.
const STRING_PART = /[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y;

/** The first fault of one line, or null if it is JSON. */
export function findJsonFault(text: string): JsonFault | null {
  const open: ("{" | "[")[] = [];
  let state: State = "value";
  let at = 0;
  const fault = (expected: string): JsonFault => {
    const cutOff = at >= text.length;
    const found = cutOff ? "the end of the line" : JSON.stringify(String.fromCodePoint(text.codePointAt(at)!));
    return { column: at + 1, expected, found, cutOff };
  };
  const closed = (): State => (open.length === 0 ? "end" : "comma");
  for (;;) {
    while (" \t\n\r".includes(text[at] ?? "x")) at++;
    const char = text[at];
    const inside = open.at(-1);
    const expected = state === "comma" ? `',' or '${inside === "{" ? "}" : "]"}'` : EXPECTED[state];
    if (char === undefined) return state === "end" ? null : fault(expected);
    const wantsValue: boolean = state === "value" || state === "first-value";
    if ((state === "first-name" && char === "}") || (state === "first-value" && char === "]")) {
      open.pop();
      at++;
      state = closed();
    } else if (char === '"' && (wantsValue || state === "first-name" || state === "name")) {
      const broken = skipString();
      if (broken !== null) return broken;
      state = wantsValue ? closed() : "colon";
    } else if (wantsValue && (char === "{" || char === "[")) {
      open.push(char);
      at++;
      state = char === "{" ? "first-name" : "first-value";
    } else if (wantsValue) {
      SCALAR.lastIndex = at;
      const scalar = SCALAR.exec(text);
      if (scalar === null) return fault(expected);
      at += scalar[0].length;
      state = closed();
    } else if (state === "colon" && char === ":") {
      at++;
      state = "value";
    } else if (state === "comma" && char === ",") {
      at++;
      state = inside === "{" ? "name" : "value";
    } else if (state === "comma" && char === (inside === "{" ? "}" : "]")) {
      open.pop();
      at++;
      state = closed();
    } else {
      return fault(expected);
    }
  }

  function skipString(): JsonFault | null {
    at++;
    for (;;) {
      STRING_PART.lastIndex = at;
      const part = STRING_PART.exec(text);
      if (part !== null) {
        at += part[0].length;
      } else if (text[at] === '"') {
        at++;
        return null;
      } else {
        return fault(text[at] === "\\" ? "a known escape after '\\'" : "the closing '\"' of a text");
      }
    }
  }
}
