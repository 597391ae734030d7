/* Canonical JSON: docs/formats.md section 1. A reader of our own, because JSON.parse forgets doubled keys and fractions. */

const MAX_JSON_DEPTH = 32; // counted in containers
const MAX_JSON_BYTES = 1 << 20;

/* Strict JSON with integers only, each key of an object once. Objects come without a prototype: no name is special. */
function parseJson(text, what) {
  let at = 0;
  const bad = () => malformed(what);
  const number = /-?(?:0|[1-9][0-9]*)/y;
  const plain = /[^"\\\u0000-\u001f]*/y;
  const space = /[ \t\n\r]*/y;

  const match = (pattern) => {
    pattern.lastIndex = at;
    const found = pattern.exec(text);
    if (found) at = pattern.lastIndex;
    return found ? found[0] : null;
  };
  const skip = () => match(space);
  const take = (character) => {
    if (text[at] !== character) throw bad();
    at += 1;
  };

  function string() {
    take('"');
    let result = "";
    for (;;) {
      result += match(plain);
      const next = text[at++];
      if (next === '"') return result;
      if (next !== "\\") throw bad();
      const escape = text[at++];
      const simple = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
      if (escape !== undefined && Object.hasOwn(simple, escape)) {
        result += simple[escape];
      } else if (escape === "u" && /^[0-9a-fA-F]{4}$/.test(text.slice(at, at + 4))) {
        result += String.fromCharCode(parseInt(text.slice(at, at + 4), 16));
        at += 4;
      } else {
        throw bad();
      }
    }
  }

  function list(depth, close, item) {
    if (depth >= MAX_JSON_DEPTH) throw bad();
    at += 1;
    skip();
    if (text[at] === close) {
      at += 1;
      return;
    }
    for (;;) {
      skip();
      item();
      skip();
      if (text[at] === close) {
        at += 1;
        return;
      }
      take(",");
    }
  }

  function value(depth) {
    const first = text[at];
    if (first === '"') return string();
    if (first === "{") {
      const result = Object.create(null);
      list(depth, "}", () => {
        const key = string();
        if (key in result) throw bad();
        skip();
        take(":");
        skip();
        result[key] = value(depth + 1);
      });
      return result;
    }
    if (first === "[") {
      const result = [];
      list(depth, "]", () => result.push(value(depth + 1)));
      return result;
    }
    for (const [word, meant] of [["true", true], ["false", false], ["null", null]]) {
      if (text.startsWith(word, at)) {
        at += word.length;
        return meant;
      }
    }
    const digits = match(number);
    if (digits === null || digits.length > 17 || !Number.isSafeInteger(Number(digits))) throw bad();
    return Number(digits) + 0; // -0 is 0, and so is not written again as it stood
  }

  skip();
  const result = value(0);
  skip();
  if (at !== text.length) throw bad();
  return result;
}

/* The canonical text of what `parseJson` returned. Lone surrogates and keys outside the basic plane have none. */
function encodeJson(value, what) {
  if (value === null || typeof value === "boolean" || typeof value === "number") return String(value);
  if (typeof value === "string") {
    if (/[\ud800-\udfff]/u.test(value)) throw malformed(what); // with "u", only a lone surrogate matches
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => encodeJson(item, what)).join(",")}]`;
  const keys = Object.keys(value).sort();
  if (keys.some((key) => /[\ud800-\udfff]/.test(key))) throw malformed(what);
  return `{${keys.map((key) => `${JSON.stringify(key)}:${encodeJson(value[key], what)}`).join(",")}}`;
}

/* The value of canonical bytes; what would be written otherwise is refused. */
function decodeCanonical(bytes, what) {
  if (bytes.length > MAX_JSON_BYTES) throw malformed(what);
  const text = fromUtf8(bytes, what);
  const value = parseJson(text, what);
  if (encodeJson(value, what) !== text) throw malformed(what);
  return value;
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/* Whether `value` is an object of exactly these members. */
function hasExactly(value, names) {
  return isObject(value) && Object.keys(value).length === names.length && names.every((name) => Object.hasOwn(value, name));
}
