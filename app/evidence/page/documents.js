/*
 * The documents in the file, each held to what a record of the case says of it: docs/formats.md sections 6 and 16, step 8.
 */

const [ATTACHED, ERASED, ATTACHMENT] = ["attachment.added.v1", "sealed_field.erased.v1", "attachment"];
const DESCRIBED = ["name", "media_type", "size", "salt", "hmac_sha256", "key"];

/* What an attachment's disclosed value says of the file, exactly as it is written. */
function parseDescribed(value) {
  const what = "attachment";
  if (typeof value !== "string") throw malformed(what);
  const found = decodeCanonical(utf8(value), what);
  const isNamed = hasExactly(found, DESCRIBED) && typeof found.name === "string" && found.name !== "" && [...found.name].length <= 1024;
  if (!isNamed) throw malformed(what);
  const part = /^[a-z0-9][a-z0-9.+-]{0,126}\/[a-z0-9][a-z0-9.+-]{0,126}$/;
  if (typeof found.media_type !== "string" || !part.test(found.media_type)) throw malformed(`${what}: media_type`);
  if (!Number.isSafeInteger(found.size) || found.size < 1 || !isHash(found.hmac_sha256)) throw malformed(`${what}: size`);
  if (typeof found.salt !== "string" || typeof found.key !== "string") throw malformed(`${what}: salt`);
  const [salt, key] = [fromBase64(found.salt, `${what}: salt`), fromBase64(found.key, `${what}: key`)];
  if (salt.length < 16 || salt.length > 64 || key.length !== 32) throw malformed(`${what}: salt`);
  return { name: found.name, mediaType: found.media_type, size: found.size, salt, hmac: found.hmac_sha256 };
}

async function hmacSha256(salt, bytes) {
  const key = await crypto.subtle.importKey("raw", salt, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", key, bytes));
}

/* The documents, [{index, sha256, bytes, name, mediaType}] by record; the last two null where the record gives a digest only. */
async function checkDocuments({ bundle, events }) {
  const { documents, enclosed } = bundle;
  const own = new Set(ownIndexes(bundle));
  const named = new Set(enclosed.values());
  const bad = (zh, en) => new Refused(`文件 ${zh}`, `document ${en}`);
  for (const said of documents.keys()) if (!named.has(said)) throw bad(`${said}：没有记录指向它`, `${said} is named by no record`);
  for (const [said, { sha256: is }] of documents) {
    if (said !== is) throw bad(`${said}：是另一文件，这不是它的摘要`, `${said} is another file: that is not its SHA-256`);
  }
  const found = [];
  for (const [index, sha256] of enclosed) {
    if (!documents.has(sha256)) throw bad(`${sha256}（第 ${index} 条）：缺失`, `${sha256}, of record ${index}, is missing`);
    const { bytes } = documents.get(sha256);
    if (!own.has(index)) throw bad(`${sha256}：第 ${index} 条不是本案或所涉单位填报的记录`, `${sha256} is said to be of record ${index}, which is none of the case's, nor filed`);
    const { payload, disclosed } = events.get(index);
    if (payload.topic !== ATTACHED) {
      const texts = textsIn([payload.body, ...disclosed.map(({ value }) => value)]);
      if (!texts.includes(sha256) && !texts.includes(`sha256:${sha256}`)) {
        throw bad(`${sha256}：第 ${index} 条没有指向它`, `${sha256} is not named by record ${index}`);
      }
      found.push({ index, sha256, bytes, name: null, mediaType: null });
      continue;
    }
    const shown = disclosed.filter(({ name }) => name === ATTACHMENT);
    if (shown.length !== 1) throw bad(`${sha256}：第 ${index} 条没有披露附件，或披露了几份`, `${sha256}: record ${index} discloses no attachment, or several`);
    let said;
    try {
      said = parseDescribed(shown[0].value);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw bad(`${sha256}（第 ${index} 条）：${error.zh}`, `${sha256}, of record ${index}: ${error.en}`);
    }
    if (bytes.length !== said.size || hex(await hmacSha256(said.salt, bytes)) !== said.hmac) {
      throw bad(`${sha256}：不是第 ${index} 条所承诺的文件`, `${sha256} is not the file that record ${index} commits to`);
    }
    found.push({ index, sha256, bytes, name: said.name, mediaType: said.mediaType });
    await breathe();
  }
  return found;
}

function textsIn(value) {
  if (typeof value === "string") return [value];
  return isObject(value) || Array.isArray(value) ? Object.values(value).flatMap(textsIn) : [];
}

/* The case's attachments whose text was erased and that are not enclosed: [{index, order, by}]. */
function erasedAttachments({ bundle, events }) {
  const own = ownIndexes(bundle).map((index) => events.get(index));
  const orders = new Map();
  for (const { index, payload } of own) {
    if (payload.topic !== ERASED || !Array.isArray(payload.body.digests)) continue;
    for (const digest of payload.body.digests) if (!orders.has(digest)) orders.set(digest, { order: String(payload.body.order_no), by: index });
  }
  return own.flatMap(({ index, payload }) => {
    const digest = payload.topic === ATTACHED && !bundle.enclosed.has(index) ? payload.sd.find((each) => orders.has(each)) : undefined;
    return digest === undefined ? [] : [{ index, ...orders.get(digest) }];
  });
}
