/*
 * The steps: docs/formats.md section 16, with its numbers. A step that needs one which failed is not tried, so the first
 * failure is the one that is named.
 */

const STEPS = [
  ["文件完整，格式合规", "the file is whole and of the right form"],
  ["检查点由受信任的日志密钥签名", "the checkpoint is signed by a trusted log key"],
  ["见证人达到要求的人数", "its witnesses are those that the trust demands"],
  ["时间戳", "time"],
  ["每条记录都在该检查点的树中", "every record is in the tree of this checkpoint"],
  ["每条记录由当时有权的密钥签名", "every record is signed by a key that might sign it then"],
  ["每个流完整，没有遗漏", "every stream is complete"],
  ["披露的字段和文件属于各自的记录", "disclosures and documents belong to their records"],
  // Not the other verifier's title: this page does not derive, and must not look as if it had.
  ["结论所引的记录都在文件中", "the answer cites only records that are in the file"],
];

const PACK_ADOPTED = "rule_pack.adopted.v1";
const [PACKS, CALENDARS] = ["pack/adopted", "calendar/adopted"]; // the lists of all packs, and of all calendars
const NAMES = [["unit_id", "unit"], ["parent_id", "unit"], ["successor_id", "unit"], ["post_id", "post"], ["official_id", "official"]];
const OFFICE = "office/"; // what a unit filed that is about no case
const BATCH = 64; // records at work at a time
const NEED_ED25519 = [2, 3, 6, 7, 8, 9]; // themselves, or what they lean on

/*
 * Verify the bytes of a file under a trust (see trust.js), or under none. `tell` is called with each finished step,
 * {number, ok, zh, en}: ok is true, false, or null for "not checked"; `progress` with the share done of the step at work.
 *
 * Returns {verdict, failed, steps, bundle, events, cited, documents, isSound}. The verdict is "verified", "consistent",
 * "unchecked" (this browser lacks Ed25519) or "refused"; `failed` is the number of the first step that failed.
 */
async function verifyFile(bytes, trust, tell = () => {}, progress = () => {}) {
  const found = { verdict: null, failed: null, steps: [], bundle: null, events: new Map(), cited: [], documents: [], isSound: false };
  const work = { bytes, trust, found, progress, hashes: new Map(), mapRoot: null };
  const checks = [checkFile, checkSigned, checkWitnesses, checkTime, checkLeaves, checkEvents, checkStreams, checkSealed, checkAnswer];
  const isAble = await canEd25519();
  for (const [i, check] of checks.entries()) {
    const step = { number: i + 1, ok: true, zh: "", en: "" };
    progress(0);
    try {
      if (!isAble && NEED_ED25519.includes(step.number)) throw noEd25519();
      Object.assign(step, await check(work));
    } catch (error) {
      if (!(error instanceof Refused || error instanceof NotChecked)) throw error;
      Object.assign(step, { zh: error.zh, en: error.en });
      step.ok = error instanceof NotChecked ? null : false;
    }
    found.steps.push(step);
    tell(step);
    if (step.ok === false) {
      found.failed = step.number;
      found.verdict = "refused";
      return found;
    }
  }
  const unchecked = found.steps.some((step) => step.ok === null && step.number !== 4 && !(trust === null && step.number <= 3));
  found.verdict = unchecked ? "unchecked" : trust === null ? "consistent" : "verified";
  return found;
}

async function checkFile({ bytes, found, progress }) {
  const bundle = await readBundle(bytes, progress);
  const { policy, sidecar } = bundle.sender;
  if (policy === null && sidecar !== null) throw badFile("data/policy.json", "没有 data/policy", "without data/policy");
  bundle.own = policy === null ? null : await loadTrust(policy, sidecar);
  found.bundle = bundle;
  const [leaves, streams] = [bundle.leaves.size, bundle.streams.length];
  return { zh: `${leaves} 条记录，${streams} 个流`, en: `${leaves} records, ${streams} streams` };
}

async function checkSigned({ trust, found }) {
  const { note, checkpoint, own } = found.bundle;
  // The sender's policy proves nothing, but one that does not fit its own checkpoint was put there by a stranger.
  if (own !== null) {
    await checkTrusted(logsOnly(own), note, checkpoint).catch((error) => {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(`文件内的 data/policy 与其检查点不符：${error.zh}`, `data/policy in the file does not fit its checkpoint: ${error.en}`);
    });
  }
  if (trust === null) {
    const line = note.lines.find(({ name }) => name === checkpoint.origin);
    if (line === undefined) throw new Refused("检查点没有以该日志命名的签名", `no line on the checkpoint is by a key of ${checkpoint.origin}`);
    return { ok: null, zh: `未提供信任，签名人未知（自称 ${line.id}）`, en: `signer unknown: no trust was given (the line says ${line.id})` };
  }
  const by = (await checkTrusted(logsOnly(trust), note, checkpoint)).logKeys.join(", ");
  return { zh: `${checkpoint.origin}，共 ${checkpoint.size} 条，密钥 ${by}`, en: `${checkpoint.origin}, size ${checkpoint.size}, by ${by}` };
}

async function checkWitnesses({ trust, found }) {
  if (trust === null) return { ok: null, zh: "未提供信任", en: "no trust was given" };
  const { note, checkpoint, own } = found.bundle;
  const { cosigners, notChecked, missing, quorumMet, replayed } = await checkTrusted(trust, note, checkpoint);
  const names = cosigners.map(({ key }) => key.id).join(", ");
  let [zh, en] = [`${cosigners.length} 个联署：${names}`, `${cosigners.length} cosigned: ${names}`];
  if (!cosigners.length) [zh, en] = ["信任中不要求见证人", "the trust demands no witness"];
  if (!quorumMet) {
    const all = trust.policy.witnesses.length;
    [zh, en] = [`未达法定数：${all} 个见证人中 ${cosigners.length} 个联署`, `the quorum is not met: ${cosigners.length} of ${all} witnesses cosigned`];
  }
  if (missing.length) {
    zh += `；缺少必需的签名：${missing.join(", ")}`;
    en += `; a required signature is missing: ${missing.join(", ")}`;
  }
  if (notChecked.length) {
    zh += `；无法检查、不计入：${notChecked.join(", ")}`;
    en += `; not checked and not counted: ${notChecked.join(", ")}`;
  }
  if (!quorumMet || missing.length) throw new Refused(zh, en);
  found.isSound = replayed;
  zh += replayed ? "；有重放审计人" : "；没有重放审计人";
  en += replayed ? "; a replay auditor is among them" : "; no replay auditor is among them";
  if (own !== null && !sameTrust(own, trust)) {
    zh += "；文件内的策略与所给信任不同，未采用";
    en += "; the policy in the file is another one and was not used";
  }
  return { zh, en };
}

/* Whether two trusts say the same, whatever their files look like. */
function sameTrust(a, b) {
  const plain = (_, value) => (value instanceof Uint8Array ? hex(value) : typeof value === "bigint" ? String(value) : value);
  return JSON.stringify(a, plain) === JSON.stringify(b, plain);
}

function checkTime({ found }) {
  const count = found.bundle.tokens.length;
  if (!count) return { ok: null, zh: "文件中没有时间戳", en: "there is no token in the file" };
  return {
    ok: null,
    zh: `未检查：文件中有 ${count} 个时间戳，须由 luoshi-verify.pyz 或 openssl ts 核验`,
    en: `not checked: ${count} tokens in the file; luoshi-verify.pyz or openssl ts check them`,
  };
}

/* The browser hashes and verifies on threads of its own: asked one by one, most of the time is waiting. */
function* batches(items) {
  for (let at = 0; at < items.length; at += BATCH) yield items.slice(at, at + BATCH);
}

async function checkLeaves({ found, hashes, progress }) {
  const { leaves, checkpoint } = found.bundle;
  const isProved = async ([index, { leaf, path }]) => {
    hashes.set(index, await leafHash(leaf));
    return isInTree(path, checkpoint.size, checkpoint.root, BigInt(index), hashes.get(index));
  };
  for (const batch of batches([...leaves])) {
    const held = await Promise.all(batch.map(isProved));
    const wrong = held.indexOf(false);
    if (wrong >= 0) throw new Refused(`第 ${batch[wrong][0]} 条不在检查点的树中`, `record ${batch[wrong][0]} is not in the tree of the checkpoint`);
    progress(hashes.size / leaves.size);
    await breathe();
  }
  return { zh: `${leaves.size} 条，根 ${base64(checkpoint.root)}`, en: `${leaves.size} records, root ${base64(checkpoint.root)}` };
}

async function checkEvents({ found, progress }) {
  const { leaves, statement } = found.bundle;
  const enrolled = new EnrolledKeys();
  const signers = new Set();
  // The map root carries no signature: the checkpoint's does.
  for (const batch of batches([...leaves].filter(([index]) => index !== statement.size - 1))) {
    const read = [];
    // Who may sign is judged in the order of the log, and a signature that fails before a key that may not is named first.
    let judged = null;
    for (const [index, { leaf }] of batch) {
      try {
        read.push(await readEvent(index, leaf, statement.origin, enrolled));
      } catch (error) {
        judged = error;
        break;
      }
    }
    const held = await Promise.all(read.map(({ key, signed, signature }) => isSigned(key.public, signed, signature)));
    const wrong = read[held.indexOf(false)];
    if (wrong) throw new Refused(`第 ${wrong.index} 条的签名不成立：${wrong.key.id}`, `record ${wrong.index}: its signature does not verify under ${wrong.key.id}`);
    if (judged !== null) throw judged;
    for (const { index, payload, key } of read) {
      signers.add(key.id);
      found.events.set(index, { index, payload, keyId: key.id, disclosed: [] });
    }
    progress(found.events.size / leaves.size);
    await breathe();
  }
  return { zh: `${signers.size} 个密钥签名 ${found.events.size} 条`, en: `${found.events.size} signatures by ${signers.size} keys` };
}

/* The event of a leaf, and by which key it must be signed. */
async function readEvent(index, leaf, origin, enrolled) {
  let envelope, payload;
  try {
    envelope = openLeaf(leaf);
    payload = parsePayload(envelope.payload);
  } catch {
    throw new Refused(`第 ${index} 条不是合规的信封`, `record ${index} is not a canonical envelope`);
  }
  if (payload.origin !== origin) throw new Refused(`第 ${index} 条属于另一日志 ${payload.origin}`, `record ${index} is of origin ${payload.origin}`);
  const key = await enrolled.keyFor(index, envelope.keyId, payload);
  return { index, payload, key, signed: signedBytes(envelope.payload), signature: envelope.signature };
}

async function checkStreams({ found, hashes }) {
  const { leaves, statement, streams } = found.bundle;
  const last = statement.size - 1;
  const { leaf } = leaves.get(last);
  if (!isMapRoot(leaf)) throw new Refused(`第 ${last} 条不是目录树的根`, `record ${last} is no map root`);
  let mapRoot;
  try {
    mapRoot = parseMapRoot(leaf);
  } catch {
    throw new Refused(`第 ${last} 条不是合规的目录树的根`, `record ${last} is not a canonical map root`);
  }
  if (mapRoot.covers !== last) throw new Refused(`目录树的根不覆盖之前的全部记录`, `the map root covers ${mapRoot.covers} records, not ${last}`);

  for (const { stream, indexes, proof } of streams) {
    const bad = (zh, en) => new Refused(`${stream}：${zh}`, `${stream}: ${en}`);
    let head = await chainGenesis(stream);
    let prev = null;
    for (const [i, index] of indexes.entries()) {
      const { payload } = found.events.get(index);
      if (payload.stream !== stream) throw bad(`第 ${index} 条属于 ${payload.stream}`, `record ${index} is of ${payload.stream}`);
      if (payload.version !== i + 1 || payload.prev !== prev) {
        throw bad(`第 ${index} 条不接续前一条`, `record ${index} does not continue version ${i} of its stream`);
      }
      prev = hex(hashes.get(index));
      head = await chainNext(head, hashes.get(index));
    }
    const { entry } = proof;
    const count = entry === null ? 0 : entry.n;
    if (count !== indexes.length) throw bad(`目录树载有 ${count} 条，文件只有 ${indexes.length} 条`, `the map has ${count} events, the file ${indexes.length}`);
    if (entry !== null && (entry.stream !== stream || !equal(entry.head, head))) throw bad("目录树所载的记录与文件不同", "the map's head is not of these events");
    const key = await mapKey(statement.origin, stream);
    if (!(await isInMap(proof, key, mapRoot.root, entry === null ? null : entry.value))) throw bad("目录树证明不成立", "the map proof does not lead to the map root");
    await breathe();
  }
  return { zh: `${streams.length} 个流与目录树一致`, en: `${streams.length} streams are as the case map says` };
}

async function checkSealed({ found }) {
  const { disclosures } = found.bundle;
  let count = 0;
  for (const [index, shown] of disclosures) {
    const event = found.events.get(index);
    const bad = new Refused(`第 ${index} 条没有承诺所披露的内容`, `record ${index} has a disclosure that its payload does not commit to`);
    if (event === undefined) throw bad;
    const seen = new Set();
    for (const disclosure of shown) {
      const digest = await disclosureDigest(disclosure);
      if (seen.has(digest) || !event.payload.sd.includes(digest)) throw bad;
      seen.add(digest);
      const [name, value] = openDisclosure(disclosure, `record ${index}, disclosure`);
      event.disclosed.push({ name, value });
      count += 1;
    }
    await breathe();
  }
  found.documents = await checkDocuments(found);
  const shown = found.documents.length;
  return { zh: `${count} 项披露，${shown} 份文件`, en: `${count} disclosures, ${shown} documents` };
}

/* Every event that the answer leans on: [{index, stream, version, type}], the last three where it says them. */
function citedBy(answer) {
  const cited = [];
  const walk = (value, name) => {
    if (Array.isArray(value)) {
      for (const item of value) {
        if ((name === "evidence" || name === "events") && typeof item === "number") cited.push({ index: item });
        else walk(item, null);
      }
    } else if (isObject(value)) {
      if (typeof value.log_index === "number") cited.push({ ...value, index: value.log_index });
      for (const [member, item] of Object.entries(value)) walk(item, member);
    }
  };
  walk(answer, null);
  return cited;
}

/*
 * The first stream that every answer about this case leans on and the file lacks: the lists of packs and calendars, the
 * units, posts and officials that its acts name, and what these name in turn, so every post of a unit and every official
 * ever in it; and law for its source. A file from which one was left out would give another answer.
 */
function missingStream({ events, bundle }) {
  const [own] = bundle.streams;
  if (!own.indexes.length) return null;
  const there = new Map(bundle.streams.map(({ stream, indexes }) => [stream, indexes]));
  const filed = isAboutCase(bundle) ? [] : officesOf({ events, bundle });
  for (const stream of filed) if (!there.has(stream)) return stream;
  const acts = [...own.indexes, ...filed.flatMap((stream) => there.get(stream))].map((index) => events.get(index).payload);
  const acted = acts.flatMap(({ actor }) => [["official", actor.official], ["official", actor.acting_for], ["system", actor.system]]);
  const waiting = [PACKS, CALENDARS, ...acts.flatMap(namedIn)];
  for (const [kind, id] of acted) if (typeof id === "string") waiting.push(`${kind}/${id}`);
  const seen = new Set();
  while (waiting.length) {
    const stream = waiting.pop();
    if (seen.has(stream)) continue;
    seen.add(stream);
    if (!there.has(stream)) return stream;
    // Of an official the name and the keys are wanted, not the career.
    if (/^(unit|post)\//.test(stream)) for (const index of there.get(stream)) waiting.push(...namedIn(events.get(index).payload));
  }
  const { kind, question } = bundle.statement;
  if (!isAboutCase(bundle)) {
    const isStanding = (rule) => isObject(rule) && rule.kind === "standing";
    const owes = ({ payload: { stream, topic, body } }) =>
      stream === PACKS && topic === PACK_ADOPTED && isObject(body.content) && Array.isArray(body.content.version) && body.content.version.some(isStanding);
    return [...events.values()].some(owes) ? null : `${PACKS}: standing`;
  }
  const source = own.stream.split("/")[1];
  const governs = ({ payload: { stream, topic, body } }) =>
    stream === PACKS && topic === PACK_ADOPTED && (!Array.isArray(body.sources) || !body.sources.length || body.sources.includes(source));
  if ((kind === "case" || question.duty) && ![...events.values()].some(governs)) return `${PACKS}: ${source}`;
  return null;
}

const isAboutCase = ({ statement }) => statement.question.stream.startsWith("case/");

/*
 * The streams of the offices whose filings count for a post or unit: its own unit's, those of the units above it, and
 * those that the question names besides. Empty: no such post or unit is established.
 */
function officesOf({ events, bundle }) {
  const there = new Map(bundle.streams.map(({ stream, indexes }) => [stream, indexes]));
  // As it was established last: in its own stream, which lists others as well.
  const established = (kind, id) => (there.get(`${kind}/${id}`) ?? []).map((index) => events.get(index).payload)
    .filter(({ topic, body }) => topic === `${kind}.established.v1` && body[`${kind}_id`] === id).at(-1)?.body;
  const { stream, besides } = bundle.statement.question;
  const [kind, id] = [stream.slice(0, 4), stream.slice(5)];
  const units = [];
  let unit = established(kind, id)?.unit_id;
  while (typeof unit === "string" && !units.includes(unit)) {
    units.push(unit);
    unit = established("unit", unit)?.parent_id;
  }
  const offices = units.map((each) => OFFICE + each);
  return offices.length ? [...offices, ...(besides === undefined ? [] : besides.split("\n"))] : [];
}

/* The units, posts and officials that an event names, by the names of its members. */
function namedIn({ body }) {
  const texts = Object.entries(body).filter(([, value]) => typeof value === "string");
  return NAMES.flatMap(([ending, kind]) => texts.filter(([member]) => member.endsWith(ending)).map(([, id]) => `${kind}/${id}`));
}

/* Whether nothing in a name is unseen: else silence about it would read as silence about another case. */
function isPlainName(name) {
  return name !== "" && name === name.trim() && !/[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/u.test(name) && name.normalize("NFC") === name;
}

function checkAnswer({ found }) {
  const { answer, statement, streams } = found.bundle;
  const bad = (zh, en) => new Refused(`结论：${zh}`, `the answer: ${en}`);
  const missing = missingStream(found);
  if (missing !== null) throw bad(`记录所涉的 ${missing} 不在文件中`, `the records name ${missing}, which is not in the file`);
  if (isAboutCase(found.bundle)) checkCase(found.bundle, bad);
  else checkBearer(found, bad);
  if (!isObject(answer)) throw bad("格式不符", "malformed");
  const asked = statement.question;
  // A moment may be spelled in two ways; its day cannot.
  const sameDay = typeof answer.as_of === "string" && answer.as_of.slice(0, 10) === asked.as_of.slice(0, 10);
  if (answer.stream !== asked.stream || !sameDay || answer.log_size !== statement.size) {
    throw bad("不是对所提问题的回答", "is not to the question of the statement");
  }
  const cited = citedBy(answer);
  for (const { index, stream, version, type } of cited) {
    const event = found.events.get(index);
    if (event === undefined) throw bad(`引用了文件中没有的第 ${index} 条`, `cites record ${index}, which is not in the file`);
    const { payload } = event;
    const said = [stream ?? payload.stream, version ?? payload.version, type ?? payload.topic];
    if (said[0] !== payload.stream || said[1] !== payload.version || said[2] !== payload.topic) {
      throw bad(`把第 ${index} 条说成另一条`, `says of record ${index} what it is not`);
    }
  }
  if (!isAboutCase(found.bundle)) checkOffices(found, bad);
  if (statement.kind === "absence") {
    const own = isAboutCase(found.bundle) ? streams[0].indexes : filedIndexes(found);
    const same = Array.isArray(answer.events) && answer.events.length === own.length && own.every((index, i) => answer.events[i] === index);
    if (!same || (isAboutCase(found.bundle) && answer.exists !== own.length > 0)) throw bad("所列记录不是该案或所涉单位的全部记录", "does not list exactly the events of the case");
    const isUndone = (duty) => isObject(duty) && duty.discharged_at === null && duty.duty === asked.duty;
    const undone = Array.isArray(answer.duties) && answer.duties.every(isUndone) && answer.duties.length > 0 === (asked.duty !== undefined);
    if (!undone || (answer.duty ?? null) !== (asked.duty ?? null)) throw bad("不是对未履行的回答", "is not of an undischarged duty");
  }
  found.cited = [...new Set(cited.map(({ index }) => index))].sort((a, b) => a - b);
  return {
    zh: `引用 ${found.cited.length} 条记录；字节与签名已核验；结论，以及人员在所涉单位以外的任职是否齐全，须由 luoshi-verify.pyz 复算`,
    en: `cites ${found.cited.length} records; bytes and signatures are checked; the conclusion, and whether posts outside the units concerned are all there, is for luoshi-verify.pyz to derive again`,
  };
}

/* A question about a case: of a number that a case could have, and of no other kind. */
function checkCase({ statement, streams }, bad) {
  const { stream, duty, period, besides } = statement.question;
  const [, source, ...number] = stream.split("/");
  const isOdd = statement.kind === "office" || period !== undefined || besides !== undefined || (duty !== undefined && statement.kind === "case");
  if (isOdd || !number.length || (!streams[0].indexes.length && !(isPlainName(source) && isPlainName(number.join("/"))))) {
    throw bad("不是案件可能有的编号", "no number that a case could have, or one that reads like another");
  }
  if (statement.kind === "case" && !streams[0].indexes.length) throw bad("没有这一案件", "there is no such case");
}

/* A question about a post or unit: one that is established, and silence about a named duty only. */
function checkBearer({ bundle, events }, bad) {
  const { kind, question } = bundle.statement;
  const isOdd = kind === "case" || (question.duty === undefined && (kind === "absence" || question.period !== undefined));
  if (isOdd || !/^(post|unit)\//.test(question.stream)) throw bad("不是岗位或单位的问题", "no question about a post or unit");
  const offices = officesOf({ events, bundle });
  if (!offices.length) throw bad("没有这一岗位或单位", "no such post or unit is established");
  if (offices.some((stream) => !stream.startsWith(OFFICE)) || new Set(offices).size !== offices.length) throw bad("另列的不是别的单位", "names besides what is no other office");
}

function filedIndexes({ bundle, events }) {
  const there = new Map(bundle.streams.map(({ stream, indexes }) => [stream, indexes]));
  return officesOf({ events, bundle }).flatMap((stream) => there.get(stream)).sort((a, b) => a - b);
}

/* The answer counts exactly the filings of these offices, and speaks of the duties that were asked for. */
function checkOffices({ bundle, events }, bad) {
  const { answer, statement: { question } } = bundle;
  const isSame = (said, is) => Array.isArray(said) && said.length === is.length && is.every((each, i) => said[i] === each);
  if (!isSame(answer.offices, officesOf({ events, bundle })) || !isSame(answer.events, filedIndexes({ bundle, events }))) {
    throw bad("计入的不是所涉单位的全部填报", "does not count exactly what these offices filed");
  }
  const name = question.stream.slice(5);
  const isAsked = (duty) => isObject(duty) && duty.stream === question.stream && (question.duty === undefined || duty.duty === question.duty)
    && (question.period === undefined || duty.case_no === `${name}/${question.period}`);
  const isWhole = (answer.duty ?? null) === (question.duty ?? null) && (answer.period ?? null) === (question.period ?? null);
  if (!isWhole || !Array.isArray(answer.duties) || !answer.duties.every(isAsked)) throw bad("不是所问的职责", "is not of the duties asked for");
}
