/*
 * Public keys: docs/formats.md section 7. Ed25519 by WebCrypto, tried on a known answer before anything is believed.
 *
 * A key of small order, which fits signatures that nobody made, is accepted by Chromium as by OpenSSL, and refused by
 * other browsers: no generator makes one, and who enrols one could have signed anyway.
 */

const ED25519 = 1;
const MAX_KEYS_KEPT = 1024;
const MAX_VKEY = 10_000;

/* RFC 8032 section 7.1, test 2. */
const KNOWN = {
  key: "PUAXw+hDiVqStwqnTRt+vJyYLM8uxJaMwM1V8Sr0Zgw=",
  message: "cg==",
  signature: "kqAJqfDUyrhyDoILX2QlQKKye1QWUD+Ps3YiI+vbadoIWsHkPhWZbkWPNhPQ8R2MOHsurrQwKu6wDSkWErsMAA==",
};

/* Every key name is printable, and has neither space nor plus sign nor a dot in front. */
const isName = (name) => /^[^\p{C}\p{Z}+]+$/u.test(name) && !name.startsWith(".");

const importedKeys = new Map();

async function rawVerify(key, message, signature) {
  const name = base64(key);
  if (!importedKeys.has(name)) {
    if (importedKeys.size >= MAX_KEYS_KEPT) importedKeys.clear();
    importedKeys.set(name, await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]));
  }
  return crypto.subtle.verify("Ed25519", importedKeys.get(name), signature, message);
}

/* Whether this browser checks Ed25519: it accepts a good signature and refuses the same one with a bit changed. */
let ed25519Works = null;
async function canEd25519() {
  if (ed25519Works === null) {
    const [key, message, good] = [KNOWN.key, KNOWN.message, KNOWN.signature].map((text) => fromBase64(text, "known"));
    const wrong = good.slice();
    wrong[40] ^= 1;
    try {
      ed25519Works = (await rawVerify(key, message, good)) === true && (await rawVerify(key, message, wrong)) === false;
    } catch {
      ed25519Works = false;
    }
  }
  return ed25519Works;
}

/* Whether these are the only 32 bytes for their point: y below 2^255 - 19, and no sign where x is 0. Libraries differ. */
function isCanonicalKey(key) {
  if (key.length !== 32) return false;
  const big = hex(key.slice().reverse());
  const y = BigInt(`0x${big}`) & ((1n << 255n) - 1n);
  const p = (1n << 255n) - 19n;
  return y < p && !(key[31] >> 7 && (y === 1n || y === p - 1n));
}

const noEd25519 = () =>
  new NotChecked(
    "此处未检查：浏览器不支持 Ed25519，请用 luoshi-verify.pyz 或更新的浏览器",
    "not checked here: use luoshi-verify.pyz or a newer browser",
  );

async function isSigned(key, message, signature) {
  if (!(await canEd25519())) throw noEd25519();
  if (!isCanonicalKey(key) || signature.length !== 64) return false;
  try {
    return await rawVerify(key, message, signature);
  } catch {
    return false; // the 32 bytes are no point of the curve
  }
}

async function keyHash(name, typed) {
  return (await sha256(utf8(name), Uint8Array.of(10), typed)).slice(0, 4);
}

/* The parts of a verifier key whose hash fits: {name, id, type, public, vkey}. Base64 may hold a plus sign of its own. */
async function parseVkey(vkey, what = "verifier key") {
  const found = vkey.length > MAX_VKEY ? null : /^([^+]+)\+([^+]+)\+(.+)$/s.exec(vkey);
  if (!found || !isName(found[1])) throw malformed(what);
  const typed = fromBase64(found[3], what);
  if (hex(await keyHash(found[1], typed)) !== found[2]) throw malformed(what);
  return { name: found[1], id: `${found[1]}+${found[2]}`, type: typed[0], public: typed.subarray(1), vkey };
}

/* A key that signs a text as it is, by Ed25519. */
async function parseSigner(vkey, what = "verifier key") {
  const key = await parseVkey(vkey, what);
  if (key.type !== ED25519 || key.public.length !== 32) throw malformed(what);
  return key;
}
