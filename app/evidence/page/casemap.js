/* The case map: docs/formats.md section 14. One root says what every stream holds, and that another stream holds nothing. */

const MAP_EMPTY = new Uint8Array(32);
const MAX_MAP_DEPTH = 256; // a key has 256 bits

const mapKey = (origin, stream) =>
  sha256(utf8("case-map/v1\0"), utf8(origin), Uint8Array.of(0), utf8(stream.normalize("NFC")));
const chainGenesis = (stream) => sha256(utf8("case-chain/v1\0"), utf8(stream));
const chainNext = (head, leaf) => sha256(Uint8Array.of(4), head, leaf);
const mapLeaf = (key, valueHash) => sha256(Uint8Array.of(2), key, valueHash);
const mapInner = (left, right) => sha256(Uint8Array.of(3), left, right);

const bitOf = (key, level) => (key[level >> 3] >> (7 - (level & 7))) & 1;

function samePrefix(a, b, bits) {
  for (let level = 0; level < bits; level++) if (bitOf(a, level) !== bitOf(b, level)) return false;
  return true;
}

/* No other leaf begins like this: an envelope's first member is "payload". */
const isMapRoot = (leaf) => latin1(leaf.subarray(0, 10)) === '{"covers":';

/* {covers, root} of a map-root leaf. */
function parseMapRoot(leaf, what = "map root") {
  const value = decodeCanonical(leaf, what);
  const fits = hasExactly(value, ["covers", "kind", "root", "v"]) && value.kind === "map-root" && value.v === 1;
  if (!fits || !Number.isSafeInteger(value.covers) || value.covers < 0) throw malformed(what);
  return { covers: value.covers, root: fromHash(value.root, what) };
}

/* {stream, n, head, value}: `value` is the bytes that the map hashes. */
function parseEntry(entry, what = "map entry") {
  const fits = hasExactly(entry, ["case", "head", "n", "v"]) && typeof entry.case === "string" && entry.v === 1;
  if (!fits || !Number.isSafeInteger(entry.n) || entry.n < 1) throw malformed(what);
  return { stream: entry.case, n: entry.n, head: fromHash(entry.head, what), value: utf8(encodeJson(entry, what)) };
}

/* {stream, siblings, terminal: null or {key, valueHash}, entry: null or as above} of a .map-proof file. */
function parseMapProof(bytes, what = "map proof") {
  const value = decodeCanonical(bytes, what);
  const fits = hasExactly(value, ["entry", "siblings", "stream", "terminal", "v"]) && value.v === 1;
  if (!fits || typeof value.stream !== "string" || !Array.isArray(value.siblings)) throw malformed(what);
  if (value.siblings.length > MAX_MAP_DEPTH) throw malformed(what);
  let terminal = null;
  if (value.terminal !== null) {
    if (!hasExactly(value.terminal, ["key", "value_hash"])) throw malformed(what);
    terminal = { key: fromHash(value.terminal.key, what), valueHash: fromHash(value.terminal.value_hash, what) };
  }
  return {
    stream: value.stream,
    siblings: value.siblings.map((sibling) => fromHash(sibling, what)),
    terminal,
    entry: value.entry === null ? null : parseEntry(value.entry, what),
  };
}

/* Whether the map of this root holds `value` under `key`; null: holds nothing under it. */
async function isInMap({ siblings, terminal }, key, root, value) {
  const depth = siblings.length;
  if (depth > MAX_MAP_DEPTH || key.length !== 32 || siblings.some((sibling) => sibling.length !== 32)) return false;
  let result = MAP_EMPTY;
  if (terminal === null) {
    if (value !== null) return false;
  } else {
    if (terminal.key.length !== 32 || terminal.valueHash.length !== 32) return false;
    if (!samePrefix(terminal.key, key, depth) || equal(terminal.key, key) !== (value !== null)) return false;
    if (value !== null && !equal(terminal.valueHash, await sha256(value))) return false;
    result = await mapLeaf(terminal.key, terminal.valueHash);
  }
  for (let level = depth - 1; level >= 0; level--) {
    result = bitOf(key, level) ? await mapInner(siblings[level], result) : await mapInner(result, siblings[level]);
  }
  return equal(result, root);
}
