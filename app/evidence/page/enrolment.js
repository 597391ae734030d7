/*
 * Which keys the log has enrolled, for whom each may act, and who may change that: docs/formats.md section 7.
 *
 * A key counts from the record after its enrolment, and until the record of its revocation. Record 0 enrols the key that
 * signs it, and whoever trusts the log trusts that key: its holder is the registrar.
 */

const ENROLLED = "key.enrolled.v1";
const REVOKED = "key.revoked.v1";
const ROTATED = "log_key.rotated.v1";
const ROTATION_FIRST_LINE = "luoshi log key rotation v1";
const [LOG_HOLDER, ROOT_HOLDER] = ["log", "root"];
const MOMENT = /^(\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d)(?:\.(\d{1,6}))?(Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/* The number of a civil day, so that days compare; null if the text is no day. */
function dayNumber(text) {
  const found = typeof text === "string" && /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (!found || found[1] === "0000") return null;
  const day = new Date(`${text}T00:00:00Z`);
  return Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== text ? null : day.getTime() / 86_400_000;
}

/* A moment of RFC 3339 as a sortable pair, [second, fraction]; null if the text is none. */
function moment(text) {
  const found = typeof text === "string" && MOMENT.exec(text);
  // A thirtieth of February is the second of March to some browsers.
  const second = found && dayNumber(text.slice(0, 10)) !== null ? Date.parse(found[1] + found[3]) : NaN;
  return Number.isNaN(second) ? null : [second, (found[2] ?? "").padEnd(9, "0")];
}

const isLater = (a, b) => a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);

const holderStream = (role, holder) => `${role === "official" ? "official" : "system"}/${holder}`;

class EnrolledKeys {
  constructor() {
    this.keys = new Map();
    this.registrar = null;
  }

  /* The key by which this record's signature must verify; then take in what the record says of keys. In log order. */
  async keyFor(index, keyId, payload) {
    const enrolled = payload.topic === ENROLLED ? await readEnrolment(index, payload) : null;
    const revoked = payload.topic === REVOKED ? readRevocation(index, payload) : null;
    const rotated = payload.topic === ROTATED ? readRotation(index, payload) : null;
    const signer = index === 0 && enrolled?.key.id === keyId ? enrolled : this.keys.get(keyId);
    checkSigner(index, keyId, signer, payload);
    if (index > 0 && (enrolled || revoked)) {
      checkMayChange(index, this.registrar, signer, enrolled ?? this.keys.get(revoked), payload);
    }
    if (index > 0 && rotated !== null) await this.checkRotation(index, signer, rotated, payload.origin);
    // A key enrolled twice keeps its first enrolment, and one that was revoked stays so.
    if (enrolled && !this.keys.has(enrolled.key.id)) this.keys.set(enrolled.key.id, enrolled);
    if (enrolled && index === 0) this.registrar = enrolled;
    if (revoked) this.keys.get(revoked).revokedAt ??= index;
    return signer.key;
  }

  /* The log's key changes by a note of its old key and its new one, and of the root key where there is one. */
  async checkRotation(index, signer, statement, origin) {
    const bad = new Refused(`第 ${index} 条的日志密钥更换不合规`, `record ${index} does not change the log's key as it must`);
    const { registrar } = this;
    if (registrar === null || registrar.role !== signer.role || registrar.holder !== signer.holder) throw bad;
    const enrolled = [...this.keys.values()].filter(({ role, revokedAt }) => role === "log" && revokedAt === null);
    const root = enrolled.filter(({ holder }) => holder === ROOT_HOLDER).at(-1);
    const known = enrolled.filter(({ holder }) => holder === LOG_HOLDER).map(({ key }) => key.vkey);
    try {
      const { text, lines } = splitNote(utf8(statement), "rotation");
      const rotation = await parseRotation(text);
      const signers = [rotation.old, rotation.new, ...(root ? [await parseSigner(root.key.vkey)] : [])];
      for (const key of signers) {
        const own = lines.filter(({ id }) => id === key.id);
        for (const { signature } of own) if (!(await isSigned(key.public, utf8(text), signature))) throw bad;
        if (!own.length) throw bad;
      }
      if (rotation.origin !== origin || !known.includes(rotation.old.vkey) || !known.includes(rotation.new.vkey)) throw bad;
    } catch (error) {
      throw error instanceof Refused ? bad : error;
    }
  }
}

/* The statement of a rotation, as it stands in the record. */
function readRotation(index, payload) {
  const { statement } = payload.body;
  if (typeof statement !== "string" || payload.stream !== holderStream("log", LOG_HOLDER)) throw badChange(index);
  return statement;
}

/* {origin, old, new}: two keys named after the origin, and sizes that overlap. */
async function parseRotation(text) {
  const [first, origin, old, next, start, end, rest, ...more] = text.split("\n");
  if (first !== ROTATION_FIRST_LINE || rest !== "" || more.length || old === next) throw malformed("rotation");
  const [from, to] = [parseSize(start, "rotation"), parseSize(end, "rotation")];
  const keys = [await parseSigner(old, "rotation"), await parseSigner(next, "rotation")];
  if (from > to || keys.some(({ name }) => name !== origin)) throw malformed("rotation");
  return { origin, old: keys[0], new: keys[1] };
}

const badChange = (index) => new Refused(`第 ${index} 条的密钥登记或撤销不合规`, `record ${index} does not enrol or revoke a key as it must`);

async function readEnrolment(index, payload) {
  const { vkey, role, holder, key_id: keyId, valid_from: from, valid_to: to = null } = payload.body;
  const validFrom = dayNumber(from);
  const validTo = to === null ? null : dayNumber(to);
  const fits =
    typeof vkey === "string" &&
    typeof holder === "string" &&
    ["official", "system", "log"].includes(role) &&
    // The stream is the holder's own, so that whoever reads a person's stream sees every key that acts for them.
    payload.stream === holderStream(role, holder) &&
    validFrom !== null &&
    (to === null || validTo !== null);
  if (!fits) throw badChange(index);
  // Only log keys may be of another suite: events are signed with Ed25519.
  const key = await (role === "log" ? parseNoteKey(vkey) : parseSigner(vkey)).catch(() => {
    throw badChange(index);
  });
  if (keyId !== undefined && keyId !== key.id) throw badChange(index);
  return { key, role, holder, validFrom, validTo, revokedAt: null };
}

/* The id of the key that is revoked. */
function readRevocation(index, payload) {
  const { key_id: keyId, effective_at: said = null } = payload.body;
  if (typeof keyId !== "string") throw badChange(index);
  if (said !== null) {
    const [at, recorded] = [moment(said), moment(payload.recorded_at)];
    if (at === null || recorded === null || isLater(at, recorded)) throw badChange(index);
  }
  return keyId;
}

function checkSigner(index, keyId, signer, payload) {
  const bad = (zh, en) => new Refused(`第 ${index} 条的签名密钥 ${keyId} ${zh}`, `record ${index} is signed by ${keyId}, ${en}`);
  if (signer === undefined) throw bad("未登记", "which is not enrolled");
  if (signer.revokedAt !== null) throw bad(`已在第 ${signer.revokedAt} 条撤销`, `revoked at record ${signer.revokedAt}`);
  const who = payload.actor[signer.role === "official" ? "official" : "system"];
  // Log keys sign checkpoints, and no event.
  if (who !== signer.holder || signer.role === "log") {
    throw bad(`属于 ${signer.holder}，行为人不是他`, `the key of ${signer.role} ${signer.holder}, who is not its actor`);
  }
  const day = dayNumber(payload.recorded_at.slice(0, 10));
  if (day === null) throw new Refused(`第 ${index} 条没有记录时间`, `record ${index} does not say when it was recorded`);
  // One day of grace: the moment is in UTC, the days are those of an authority whose zone is not known here.
  if (day < signer.validFrom - 1 || (signer.validTo !== null && day > signer.validTo + 1)) {
    throw bad("当日无效", "a key that is not valid on its day");
  }
}

/* Keys are changed by the registrar, or by their own holder; log keys by the registrar alone. */
function checkMayChange(index, registrar, signer, concerned, payload) {
  const bad = (zh, en) => new Refused(`第 ${index} 条${zh}`, `record ${index} ${en}`);
  if (concerned === undefined) throw bad("撤销了未登记的密钥", "revokes a key that is not enrolled");
  if (payload.stream !== holderStream(concerned.role, concerned.holder)) {
    throw bad(`在别处变更 ${concerned.holder} 的密钥`, `changes a key of ${concerned.holder} elsewhere`);
  }
  const isBy = (one) => one !== null && one.role === signer.role && one.holder === signer.holder;
  if (!isBy(registrar) && !isBy(concerned)) {
    throw bad(`无权变更 ${concerned.holder} 的密钥`, `may not change the keys of ${concerned.role} ${concerned.holder}`);
  }
}
