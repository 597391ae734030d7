/*
 * The files of an evidence file: docs/formats.md section 16. Reading is form only: nothing read here is proved by it.
 * Every refusal names the file in the bag.
 */

const BAG_DECLARATION = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n";
const [MANIFEST, TAG_MANIFEST] = ["manifest-sha256.txt", "tagmanifest-sha256.txt"];
const BAG_FILES = ["bagit.txt", "bag-info.txt", MANIFEST, TAG_MANIFEST];
const TOOLS = ["luoshi-verify.pyz", "verify.html"];
const FOR_PEOPLE = ["README.txt", "data/custody.html"];
const OF_OFFICE = ["duty", "period", "besides"];
const ASKED = { case: [], office: OF_OFFICE, absence: OF_OFFICE }; // what a question of each kind may name, besides the stream and the day
const ROLES = ["case", "filed", "people", "law", "keys"];
const NO_LEAF_STREAM = "log/map";
const DOCUMENTS = "data/documents/";
const MAX_DOCUMENTS = 1000;
const MAX_DOCUMENT_BYTES = 56 << 20; // together

/*
 * Everything the file holds, parsed: {statement, answer, note, noteBytes, checkpoint, streams, leaves, tokens,
 * disclosures, documents, enclosed, digests, sender}. `progress` is told how much of it is done, from 0 to 1.
 */
async function readBundle(bytes, progress = () => {}) {
  const entries = zipNames(zipDirectory(bytes));
  // What is kept until the reader asks for it is bounded before it is unpacked.
  const kept = [...entries].filter(([name]) => name.startsWith(DOCUMENTS)).reduce((sum, [, entry]) => sum + entry.size, 0);
  if (kept > MAX_DOCUMENT_BYTES) throw badFile(DOCUMENTS, "总量超限", `more than ${MAX_DOCUMENT_BYTES} bytes together`);
  const files = new Map();
  const digests = new Map();
  let unpacked = 0;
  for (const [name, entry] of entries) {
    const data = await unzip(bytes, entry);
    digests.set(name, hex(await sha256(data)));
    // A tool counts by its digest alone: it is not kept.
    files.set(name, TOOLS.includes(name) ? new Uint8Array(0) : data.slice());
    unpacked += 1;
    progress(unpacked / entries.size);
    await breathe();
  }
  checkBag(entries, files, digests);
  for (const name of [...BAG_FILES, ...TOOLS, ...FOR_PEOPLE]) files.delete(name);
  return parseFiles(files, digests);
}

const badFile = (name, zh, en) => new Refused(`${name}：${zh}`, `${name}: ${en}`);

const isPayload = (name) => name.startsWith("data/");

function checkBag(entries, files, digests) {
  for (const name of BAG_FILES) if (!files.has(name)) throw badFile(name, "缺失", "is missing");
  if (latin1(files.get("bagit.txt")) !== BAG_DECLARATION) throw badFile("bagit.txt", "格式不符", "malformed");
  const names = [...files.keys()];
  checkManifest(MANIFEST, files, digests, names.filter(isPayload));
  checkManifest(TAG_MANIFEST, files, digests, names.filter((name) => !isPayload(name) && name !== TAG_MANIFEST));
  const sizes = [...entries].filter(([name]) => isPayload(name)).map(([, entry]) => entry.size);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  const info = `External-Description: Luoshi evidence file, version 1\nPayload-Oxum: ${total}.${sizes.length}\n`;
  if (latin1(files.get("bag-info.txt")) !== info) throw badFile("bag-info.txt", "与文件不符", "is not what is written for these files");
}

function checkManifest(manifest, files, digests, expected) {
  const lines = latin1(files.get(manifest)).split("\n");
  if (lines.pop() !== "") throw badFile(manifest, "末行不完整", "the last line does not end");
  const found = new Map();
  let last = "";
  for (const line of lines) {
    const parts = /^([0-9a-f]{64})  ([A-Za-z0-9._\/-]+)$/.exec(line);
    if (!parts || parts[2] <= last) throw badFile(manifest, "格式不符或顺序有误", "malformed, doubled or out of order");
    last = parts[2];
    found.set(last, parts[1]);
  }
  const missing = expected.find((name) => !found.has(name));
  if (missing !== undefined) throw badFile(missing, `不在 ${manifest} 中`, `not in ${manifest}`);
  if (found.size !== expected.length) throw badFile(manifest, "列有文件中没有的内容", "lists a file that is not there");
  for (const [name, digest] of found) {
    if (digests.get(name) !== digest) throw badFile(name, `与 ${manifest} 所列摘要不符`, `not the file of ${manifest}`);
  }
}

function parseFiles(files, digests) {
  const left = new Set(files.keys());
  const take = (name) => {
    if (!left.delete(name)) throw badFile(name, "缺失", "is missing");
    return files.get(name);
  };
  const takeIfThere = (name) => (left.has(name) ? take(name) : null);
  const statement = parseStatement(take("data/evidence.json"));
  const noteBytes = take("data/checkpoint");
  const note = splitNote(noteBytes, "data/checkpoint");
  const checkpoint = parseCheckpoint(note.text, "data/checkpoint");
  if (checkpoint.origin !== statement.origin || checkpoint.size !== BigInt(statement.size)) {
    throw badFile("data/checkpoint", "与声明的日志或大小不符", "is not of the statement's origin and size");
  }
  const answer = decodeCanonical(take("data/answer.json"), "data/answer.json");

  const streams = statement.streams.map((listed, n) => {
    const name = `data/streams/${n}.map-proof`;
    const proof = parseMapProof(take(name), name);
    if (proof.stream !== listed.stream) throw badFile(name, `不是 ${listed.stream} 的证明`, `is not of ${listed.stream}`);
    return { ...listed, proof };
  });

  const leaves = new Map();
  const indexes = [...statement.streams.flatMap((listed) => listed.indexes), statement.size - 1].sort((a, b) => a - b);
  for (const index of indexes) {
    const leaf = take(`data/leaves/${index}.leaf`);
    const name = `data/proofs/${index}.tlog-proof`;
    const content = take(name);
    const proof = parseProof(content, name);
    // The note is compared as bytes and parsed once, whatever the number of proofs.
    if (!equal(proof.note, noteBytes)) throw badFile(name, "所附检查点与本文件的不同", "does not end in the checkpoint of this file");
    if (proof.index !== BigInt(index) || proof.hasExtra) throw badFile(name, "是另一条记录的证明", "is of another record, or carries something else");
    leaves.set(index, { leaf, path: proof.path });
  }

  const tokens = [];
  for (let token; (token = takeIfThere(`data/tokens/${tokens.length + 1}.tst`)) !== null; ) tokens.push(token);

  const shown = takeIfThere("data/disclosures.json");
  const disclosures = shown === null ? new Map() : parseDisclosures(shown, "data/disclosures.json");
  const documents = new Map();
  for (const name of [...left].sort()) {
    const said = /^data\/documents\/([0-9a-f]{64})$/.exec(name)?.[1];
    if (said !== undefined) documents.set(said, { bytes: take(name), sha256: digests.get(name) });
  }
  const index = takeIfThere("data/documents.json");
  const enclosed = index === null ? new Map() : parseEnclosed(index, "data/documents.json");
  // A file that several records name is hashed for each of them.
  const hashed = [...enclosed.values()].reduce((sum, said) => sum + (documents.get(said)?.bytes.length ?? 0), 0);
  if (hashed > MAX_DOCUMENT_BYTES) throw badFile(DOCUMENTS, "总量超限", `more than ${MAX_DOCUMENT_BYTES} bytes together`);
  const sender = { policy: takeIfThere("data/policy"), sidecar: takeIfThere("data/policy.json") };
  if (left.size) {
    const name = [...left].sort()[0];
    throw badFile(name, "证据文件中没有这样命名的文件", "no file of an evidence file is named so");
  }
  return { statement, answer, note, noteBytes, checkpoint, streams, leaves, tokens, disclosures, documents, enclosed, digests, sender };
}

function parseStatement(bytes) {
  const what = "data/evidence.json";
  const value = decodeCanonical(bytes, what);
  const bad = (member) => malformed(`${what}: ${member}`);
  if (!hasExactly(value, ["v", "kind", "origin", "size", "question", "streams"]) || value.v !== 1) throw bad("v");
  if (typeof value.kind !== "string" || !Object.hasOwn(ASKED, value.kind)) throw bad("kind");
  if (typeof value.origin !== "string" || value.origin === "") throw bad("origin");
  if (!Number.isSafeInteger(value.size) || value.size < 1) throw bad("size");
  if (!Array.isArray(value.streams) || !value.streams.length) throw bad("streams");

  const names = new Set();
  const taken = new Set();
  value.streams.forEach((listed, n) => {
    if (!hasExactly(listed, ["stream", "role", "indexes"]) || !ROLES.includes(listed.role)) throw bad("streams");
    const { stream, role, indexes } = listed;
    if (typeof stream !== "string" || stream === "" || stream === NO_LEAF_STREAM || names.has(stream)) throw bad("streams");
    const first = value.streams[0].role;
    if ((n > 0 && role === "case") || (role === "filed" && (n === 0 || first === "case")) || !Array.isArray(indexes)) throw bad("streams");
    names.add(stream);
    indexes.forEach((index, i) => {
      // The last record is the map root, which is an event of no stream here.
      const fits = Number.isSafeInteger(index) && index >= 0 && index < value.size - 1 && !taken.has(index);
      if (!fits || (i > 0 && indexes[i - 1] >= index)) throw bad(`streams: ${stream}`);
      taken.add(index);
    });
  });

  if (value.kind !== "absence" && (value.streams[0].role === "case") !== (value.kind === "case")) throw bad("kind");

  const members = ["stream", "as_of", ...ASKED[value.kind]];
  const asked = value.question;
  const fits = isObject(asked) && Object.keys(asked).every((name) => members.includes(name) && typeof asked[name] === "string" && asked[name]);
  if (!fits || !asked.as_of || asked.stream !== value.streams[0].stream) throw bad("question");
  return value;
}

/* Map of log index to the SHA-256, in hex, of the document that the record commits to; by index. */
function parseEnclosed(bytes, what) {
  const value = decodeCanonical(bytes, what);
  const listed = isObject(value) ? Object.entries(value) : [];
  if (!listed.length || listed.length > MAX_DOCUMENTS) throw malformed(what);
  for (const [index, digest] of listed) {
    if (!/^(0|[1-9][0-9]{0,15})$/.test(index) || !isHash(digest)) throw malformed(what);
  }
  return new Map(listed.map(([index, digest]) => [Number(index), digest]).sort(([a], [b]) => a - b));
}

/* Map of log index to disclosures. */
function parseDisclosures(bytes, what) {
  const value = decodeCanonical(bytes, what);
  if (!isObject(value) || !Object.keys(value).length) throw malformed(what);
  const found = new Map();
  for (const [index, shown] of Object.entries(value)) {
    const isList = Array.isArray(shown) && shown.length && shown.every((text) => typeof text === "string" && text);
    if (!/^(0|[1-9][0-9]{0,15})$/.test(index) || !isList) throw malformed(what);
    found.set(Number(index), shown);
  }
  return found;
}

/* The log indexes of what the answer is about: the case's records, or what offices filed. */
function ownIndexes({ statement }) {
  return statement.streams.filter(({ role }) => role === "case" || role === "filed").flatMap(({ indexes }) => indexes).sort((a, b) => a - b);
}
