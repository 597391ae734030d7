/* Signed notes, checkpoints, record proofs: docs/formats.md sections 8 and 15. Parsing only; trust.js believes. */

const MAX_NOTE_BYTES = 1_000_000;
const MAX_NOTE_LINES = 100;
const MAX_PATH = 63;
const MAX_EXTRA = 65_536;
const PROOF_FIRST_LINE = "c2sp.org/tlog-proof@v1";

const isNoteText = (text) => text.endsWith("\n") && !/[\u0000-\u0009\u000b-\u001f]/.test(text);

/* {text, lines: [{name, id, signature}]}, none of them checked. Split at the last empty line: the text may hold some. */
function splitNote(bytes, what = "note") {
  if (bytes.length > MAX_NOTE_BYTES) throw malformed(what);
  const whole = fromUtf8(bytes, what);
  const split = whole.lastIndexOf("\n\n");
  if (split < 0) throw malformed(what);
  const text = whole.slice(0, split) + "\n";
  const lines = whole.slice(split + 2).split("\n");
  if (lines.pop() !== "" || lines.length < 1 || lines.length > MAX_NOTE_LINES || !isNoteText(text)) throw malformed(what);
  return { text, lines: lines.map((line) => parseNoteLine(line, what)) };
}

/* The name may be any that the specification allows: a stranger's line is ignored, it must not make the note unreadable. */
const NOTE_LINE = /^\u2014 ([^\u0000-\u0020+\u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+) ([^ ]+)$/;

function parseNoteLine(line, what) {
  const found = NOTE_LINE.exec(line);
  if (!found) throw malformed(what);
  const raw = fromBase64(found[2], what);
  if (raw.length < 5) throw malformed(what);
  return { name: found[1], id: `${found[1]}+${hex(raw.subarray(0, 4))}`, signature: raw.subarray(4) };
}

/* {origin, size (BigInt), root} of a text of exactly three lines. */
function parseCheckpoint(text, what = "checkpoint") {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "" || !isName(lines[0])) throw malformed(what);
  const root = fromBase64(lines[2], what);
  if (root.length !== 32) throw malformed(what);
  return { origin: lines[0], size: parseSize(lines[1], what), root };
}

/* {index (BigInt), path, note, hasExtra}: neither path nor note is checked yet. */
function parseProof(bytes, what = "proof") {
  if (bytes.length > MAX_NOTE_BYTES + MAX_EXTRA + 64 * 64) throw malformed(what);
  let split = -1;
  for (let i = 0; i + 1 < bytes.length && split < 0; i++) if (bytes[i] === 10 && bytes[i + 1] === 10) split = i;
  // A checkpoint's first line is its origin: an empty one would be a second way to end the path.
  if (split < 0 || bytes[split + 2] === 10) throw malformed(what);
  const lines = latin1(bytes.subarray(0, split)).split("\n");
  if (lines.shift() !== PROOF_FIRST_LINE) throw malformed(what);
  const hasExtra = lines[0]?.startsWith("extra ") === true;
  if (hasExtra) {
    if (fromBase64(lines.shift().slice(6), what).length > (MAX_EXTRA * 3) / 4) throw malformed(what);
  }
  const index = lines.shift();
  if (!index?.startsWith("index ") || lines.length > MAX_PATH) throw malformed(what);
  const path = lines.map((line) => fromBase64(line, what));
  if (path.some((step) => step.length !== 32)) throw malformed(what);
  return { index: parseSize(index.slice(6), what), path, note: bytes.subarray(split + 2), hasExtra };
}
