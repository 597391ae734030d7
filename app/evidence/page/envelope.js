/* What was signed: docs/formats.md sections 2, 4 and 6. Check the signature first, and read the payload only then. */

const PAYLOAD_TYPE = "application/vnd.luoshi.event+json";
const MAX_LEAF_BYTES = 65_535;
const TEXT_MEMBERS = ["stream", "topic", "occurred_at", "recorded_at", "command_id", "origin"];
const PAYLOAD_MEMBERS = [...TEXT_MEMBERS, "actor", "body", "kind", "prev", "version"];
const MAX_STREAM_BYTES = 1024; // topics and command ids, too
const RECORDED_AT = /^\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?Z$/;
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/; // the two bits that 32 bytes leave open are zero
const RESERVED_FIELDS = ["_sd", "_sd_alg", "..."];

/* {payload (bytes), keyId, signature} of a leaf. */
function openLeaf(leaf, what = "leaf") {
  if (leaf.length > MAX_LEAF_BYTES) throw malformed(what);
  const value = decodeCanonical(leaf, what);
  if (!hasExactly(value, ["payload", "payloadType", "signatures"]) || value.payloadType !== PAYLOAD_TYPE) throw malformed(what);
  const signatures = value.signatures;
  if (!Array.isArray(signatures) || signatures.length !== 1 || !hasExactly(signatures[0], ["keyid", "sig"])) throw malformed(what);
  const { keyid, sig } = signatures[0];
  if ([value.payload, keyid, sig].some((text) => typeof text !== "string")) throw malformed(what);
  const signature = fromBase64(sig, what);
  if (signature.length !== 64) throw malformed(what);
  return { payload: fromBase64(value.payload, what), keyId: keyid, signature };
}

/* DSSE's pre-authentication encoding. */
const signedBytes = (payload) =>
  concat(utf8(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload);

/* The payload's members, `sd` for `_sd`. */
function parsePayload(bytes, what = "payload") {
  const value = decodeCanonical(bytes, what);
  if (!isObject(value)) throw malformed(what);
  const sealed = Object.hasOwn(value, "_sd");
  if (!hasExactly(value, sealed ? [...PAYLOAD_MEMBERS, "_sd", "_sd_alg"] : PAYLOAD_MEMBERS)) throw malformed(what);
  const isText = (text) => typeof text === "string" && text !== "" && !text.includes("\0");
  const fits =
    value.kind === "event" &&
    TEXT_MEMBERS.every((name) => isText(value[name])) &&
    ["stream", "topic", "command_id"].every((name) => utf8(value[name]).length <= MAX_STREAM_BYTES) &&
    value.stream.normalize("NFC") === value.stream &&
    RECORDED_AT.test(value.recorded_at) &&
    dayNumber(value.recorded_at.slice(0, 10)) !== null &&
    Number.isSafeInteger(value.version) &&
    value.version >= 1 &&
    (value.version === 1 ? value.prev === null : isHash(value.prev)) &&
    isObject(value.actor) &&
    isObject(value.body);
  if (!fits || (sealed && !(value._sd_alg === "sha-256" && isDigestList(value._sd)))) throw malformed(what);
  return { ...value, sd: sealed ? value._sd : [] };
}

function isDigestList(list) {
  if (!Array.isArray(list) || !list.length) return false;
  return list.every((digest, i) => typeof digest === "string" && DIGEST.test(digest) && (i === 0 || list[i - 1] < digest));
}

/* What the leaf carries in place of the field: over the string as it is given. */
const disclosureDigest = async (disclosure) => base64url(await sha256(utf8(disclosure)));

/* [name, value]. Says nothing of whether a leaf commits to it. */
function openDisclosure(disclosure, what = "disclosure") {
  const raw = fromBase64url(disclosure, what);
  if (raw.length > MAX_JSON_BYTES) throw malformed(what);
  const parts = parseJson(fromUtf8(raw, what), what);
  encodeJson(parts, what);
  const fits = Array.isArray(parts) && parts.length === 3 && typeof parts[0] === "string" && typeof parts[1] === "string";
  if (!fits || RESERVED_FIELDS.includes(parts[1])) throw malformed(what);
  return [parts[1], parts[2]];
}
