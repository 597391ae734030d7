/*
 * Trust: a policy file and its sidecar (docs/formats.md section 12), or one pasted verifier key. Given beside the
 * evidence file, never taken from it.
 */

const SM2_PREFIX = "ledger-sm2-sm3-v1"; // follows the type byte 0xff
const MAX_SIDECAR_BYTES = 1_000_000;
const MAX_SIDECAR_KEYS = 256;

/* A key that signs a note's text as it is: Ed25519, or SM2 with SM3, which no browser checks. */
async function parseNoteKey(vkey, what = "verifier key") {
  const key = await parseVkey(vkey, what);
  if (key.type === ED25519 && key.public.length === 32) return key;
  const prefix = utf8(SM2_PREFIX);
  const isSm2 = key.type === 0xff && equal(key.public.subarray(0, prefix.length), prefix);
  if (!isSm2 || key.public.length !== prefix.length + 65) throw malformed(what);
  return key;
}

/* {policy, extension}. `sidecar` is null or bytes; a single word is a log's key, as somebody pasted it. */
async function loadTrust(bytes, sidecar = null) {
  const pasted = latin1(bytes.subarray(0, 2000)).replace(/^[ \t\n\v\f\r]+|[ \t\n\v\f\r]+$/g, "");
  const isKey = bytes.length < 2000 && pasted.length > 0 && pasted.length < 1000 && !/[ \t\n\v\f\r]/.test(pasted);
  const none = { logKeys: [], require: [], replay: [] };
  if (sidecar === null && isKey) {
    const key = await parseSigner(fromUtf8(fromLatin1(pasted), "verifier key"));
    return { policy: { logs: [key], witnesses: [], groups: [], quorum: null }, extension: none };
  }
  const policy = await parsePolicy(bytes);
  const extension = sidecar === null ? none : await parseSidecar(sidecar);
  await checkFits(policy, extension);
  return { policy, extension };
}

/* {logKeys: [{key, from, to}], require: [vkey], replay: [vkey]}; sizes are BigInt, `to` may be null. */
async function parseSidecar(bytes) {
  const what = "policy sidecar";
  if (bytes.length > MAX_SIDECAR_BYTES) throw malformed(what);
  const value = parseJson(fromUtf8(bytes, what), what);
  if (!hasExactly(value, ["v", "log_keys", "require", "replay"]) || value.v !== 1) throw malformed(what);
  for (const name of ["log_keys", "require", "replay"]) {
    if (!Array.isArray(value[name]) || value[name].length > MAX_SIDECAR_KEYS) throw malformed(`${what}: ${name}`);
    const keys = name === "log_keys" ? value[name].map((item) => item?.vkey) : value[name];
    const once = new Set(keys).size === keys.length && keys.every((key) => typeof key === "string");
    if (!once) throw malformed(`${what}: ${name}`);
  }
  const logKeys = [];
  for (const item of value.log_keys) {
    const isSize = (size) => Number.isSafeInteger(size) && size >= 0;
    const fits = hasExactly(item, ["vkey", "from_size", "to_size"]) && isSize(item.from_size);
    if (!fits || !(item.to_size === null || (isSize(item.to_size) && item.to_size >= item.from_size))) {
      throw malformed(`${what}: log_keys`);
    }
    const to = item.to_size === null ? null : BigInt(item.to_size);
    logKeys.push({ key: await parseNoteKey(item.vkey, `${what}: log_keys`), from: BigInt(item.from_size), to });
  }
  for (const vkey of value.replay) await parseCosigner(vkey, `${what}: replay`);
  return { logKeys, require: value.require, replay: value.replay };
}

async function checkFits(policy, extension) {
  const bad = (name) => malformed(`policy sidecar: ${name}`);
  const logs = new Map(policy.logs.map((key) => [key.vkey, key]));
  const witnesses = new Map(policy.witnesses.map(({ key }) => [key.vkey, key]));
  const bounded = new Map(extension.logKeys.map(({ key }) => [key.vkey, key]));
  // Bounding one key and forgetting another would leave the forgotten one valid for ever.
  if (bounded.size && ![...logs.keys()].every((vkey) => bounded.has(vkey))) throw bad("log_keys");
  for (const [vkey, key] of bounded) if (!logs.has(vkey) && key.type === ED25519) throw bad("log_keys");
  const all = new Map([...logs, ...witnesses, ...bounded]);
  for (const vkey of extension.require) {
    if (all.has(vkey)) continue;
    // A second signature of a log has no line in a policy file: the origin's name ties it to one.
    const key = await parseNoteKey(vkey, "policy sidecar: require");
    if (key.type === ED25519 || !policy.logs.some((log) => log.name === key.name)) throw bad("require");
    all.set(vkey, key);
  }
  if (!extension.replay.every((vkey) => witnesses.has(vkey))) throw bad("replay");
  if (new Set([...all.values()].map((key) => hex(key.public))).size !== all.size) throw bad("a public key stands twice");
}

/* The trust without witnesses and requirements: who signs for the log. */
const logsOnly = ({ policy, extension }) => ({
  policy: { logs: policy.logs, witnesses: [], groups: [], quorum: null },
  extension: { logKeys: extension.logKeys, require: [], replay: [] },
});

/*
 * What the trust says of a note: {logKeys, cosigners: [{name, key, time}], notChecked, missing, quorumMet, replayed}.
 *
 * Refused unless a log key of the policy that speaks for this size signed it, and if any trusted key signed it wrongly.
 */
async function checkTrusted(trust, note, checkpoint) {
  const { policy, extension } = trust;
  const bounds = new Map(extension.logKeys.map((bound) => [bound.key.id, bound]));
  const isWitness = new Set(policy.witnesses.map(({ key }) => key.vkey));
  const known = new Map(policy.logs.map((key) => [key.id, key]));
  for (const { key } of extension.logKeys) known.set(key.id, key);
  const required = [];
  for (const vkey of extension.require) {
    required.push(await parseVkey(vkey));
    if (!isWitness.has(vkey)) known.set(required.at(-1).id, required.at(-1));
  }

  const good = new Set();
  const notChecked = new Set();
  for (const line of note.lines) {
    const key = known.get(line.id);
    if (key === undefined) continue;
    if (key.type !== ED25519) {
      notChecked.add(key.id); // SM2: proves nothing here, for or against
    } else if (await isSigned(key.public, utf8(note.text), line.signature)) {
      good.add(key.id);
    } else {
      throw new Refused(`签名不成立：${key.id}`, `signature does not verify under ${key.id}`);
    }
  }
  const covers = (bound) => bound.from <= checkpoint.size && (bound.to === null || checkpoint.size <= bound.to);
  const speaks = (id) => !bounds.size || (bounds.has(id) && covers(bounds.get(id)));
  const own = policy.logs.filter((key) => good.has(key.id) && speaks(key.id) && key.name === checkpoint.origin);
  if (!own.length) {
    throw new Refused(
      `检查点（${checkpoint.origin}，${checkpoint.size} 条）没有受信任的日志签名`,
      `the checkpoint of ${checkpoint.origin} is not signed by a log key trusted for size ${checkpoint.size}`,
    );
  }

  const cosigners = new Map();
  for (const line of note.lines) {
    const witness = policy.witnesses.find(({ key }) => key.id === line.id);
    if (witness === undefined) continue;
    try {
      const time = await checkCosignature(witness.key, note.text, line.signature);
      // A witness that signed twice counts once, with its latest time.
      if (!(cosigners.get(witness.key.id)?.time > time)) cosigners.set(witness.key.id, { ...witness, time });
    } catch (error) {
      if (!(error instanceof NotChecked)) throw error;
      notChecked.add(witness.key.id);
    }
  }
  const agreed = new Set([...cosigners.values()].map(({ name }) => name));
  // Groups refer back only, so one pass in the file's order decides them all.
  for (const group of policy.groups) {
    if (group.members.filter((name) => agreed.has(name)).length >= group.threshold) agreed.add(group.name);
  }
  const holds = (id) => good.has(id) || cosigners.has(id);
  const wanted = required.filter((key) => !bounds.has(key.id) || covers(bounds.get(key.id)));
  return {
    logKeys: own.map((key) => key.id),
    cosigners: [...cosigners.values()],
    notChecked: [...notChecked],
    missing: wanted.filter((key) => !holds(key.id)).map((key) => key.id),
    quorumMet: policy.quorum === null || agreed.has(policy.quorum),
    replayed: policy.witnesses.some(({ key }) => extension.replay.includes(key.vkey) && cosigners.has(key.id)),
  };
}
