/* Policy files: docs/formats.md section 12. Logs, witnesses, and how many of these must agree. */

const MAX_POLICY_BYTES = 1_000_000;
const MAX_POLICY_LINES = 256; // of a kind
const COSIGNER_BYTES = { 4: [32, 64], 6: [1312, 2420] }; // type: public key, signature

/* A witness's key. Type 4 signs with Ed25519; type 6 with ML-DSA-44, which no browser checks. */
async function parseCosigner(vkey, what = "cosigner key") {
  const key = await parseVkey(vkey, what);
  if (COSIGNER_BYTES[key.type]?.[0] !== key.public.length || utf8(key.name).length > 255) throw malformed(what);
  return key;
}

/* The POSIX second (BigInt) that a cosignature names. Refused if it does not hold, NotChecked for ML-DSA-44. */
async function checkCosignature(key, text, line) {
  const bad = new Refused(`见证签名不成立：${key.id}`, `cosignature does not verify under ${key.id}`);
  if (line.length !== 8 + COSIGNER_BYTES[key.type][1]) throw bad;
  const time = new DataView(line.buffer, line.byteOffset).getBigUint64(0);
  if (time >= 1n << 63n) throw bad;
  if (key.type === 6) throw new NotChecked("浏览器不能检查 ML-DSA-44", "this browser cannot check ML-DSA-44");
  if (!(await isSigned(key.public, utf8(`cosignature/v1\ntime ${time}\n${text}`), line.subarray(8)))) throw bad;
  return time;
}

/* {logs: [key], witnesses: [{name, key}], groups: [{name, threshold, members}], quorum: name or null}. */
async function parsePolicy(bytes, what = "policy") {
  if (bytes.length > MAX_POLICY_BYTES || bytes.at(-1) !== 10) throw malformed(what);
  const whole = latin1(bytes); // one character for each octet: above 0x7F they are opaque
  if (/[^\t\n -~\u0080-\u00ff]/.test(whole)) throw malformed(what);
  const found = { logs: [], witnesses: [], groups: [], quorum: undefined };
  const names = new Set(["none"]);
  const free = new Set(); // defined names that are no group's member yet
  const keys = new Set();
  let number = 0;
  let bad = null;

  const define = (name) => {
    if (names.has(name)) throw bad;
    names.add(name);
    free.add(name);
  };
  // One public key under two names would be one voice with two votes; a log that cosigns itself is the same.
  const once = (key) => {
    if (keys.has(key.id) || keys.has(hex(key.public))) throw bad;
    keys.add(key.id);
    keys.add(hex(key.public));
  };
  const text = (item) => fromUtf8(fromLatin1(item), `${what}, line ${number}`);

  for (const line of whole.split("\n")) {
    number += 1;
    const items = line.split(/[ \t]+/).filter((item) => item);
    if (!items.length || items[0].startsWith("#")) continue;
    bad = malformed(`${what}, line ${number}`);
    const [word, first] = items;
    if (word === "log" && (items.length === 2 || items.length === 3)) {
      const key = await parseSigner(text(first), `${what}, line ${number}`);
      once(key);
      found.logs.push(key);
    } else if (word === "witness" && (items.length === 3 || items.length === 4)) {
      const key = await parseCosigner(text(items[2]), `${what}, line ${number}`);
      once(key);
      define(first);
      found.witnesses.push({ name: first, key });
    } else if (word === "group" && items.length >= 3) {
      const members = items.slice(3);
      const wanted = { any: "1", all: String(members.length) }[items[2]] ?? items[2];
      if (!/^[1-9][0-9]{0,5}$/.test(wanted) || Number(wanted) > members.length) throw bad;
      if (new Set(members).size !== members.length || !members.every((name) => free.has(name))) throw bad;
      members.forEach((name) => free.delete(name));
      define(first);
      found.groups.push({ name: first, threshold: Number(wanted), members });
    } else if (word === "quorum" && items.length === 2 && names.has(first) && found.quorum === undefined) {
      found.quorum = first === "none" ? null : first;
    } else {
      throw bad;
    }
    for (const kind of ["logs", "witnesses", "groups"]) if (found[kind].length > MAX_POLICY_LINES) throw bad;
    await breathe();
  }
  if (found.quorum === undefined) throw malformed(what);
  return found;
}
