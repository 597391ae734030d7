"use strict";

/* Bytes, text, hashes, and the two ways to say no. Nothing here knows what an evidence file is. */

/* What was given breaks a rule: said in Chinese and in English. */
class Refused extends Error {
  constructor(zh, en) {
    super(en);
    this.zh = zh;
    this.en = en;
  }
}

/* This browser cannot find out: neither yes nor no. */
class NotChecked extends Error {
  constructor(zh, en) {
    super(en);
    this.zh = zh;
    this.en = en;
  }
}

function malformed(what) {
  return new Refused(`格式不符：${what}`, `malformed: ${what}`);
}

const utf8 = (text) => new TextEncoder().encode(text);

/* Strict: a byte order mark is text like any other, and anything that is not UTF-8 is refused. */
function fromUtf8(bytes, what) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw malformed(what);
  }
}

function latin1(bytes) {
  const parts = [];
  for (let at = 0; at < bytes.length; at += 8192) parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)));
  return parts.join("");
}

function fromLatin1(text) {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function equal(a, b) {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

const isHash = (text) => typeof text === "string" && /^[0-9a-f]{64}$/.test(text);

function fromHash(text, what) {
  if (!isHash(text)) throw malformed(what);
  return Uint8Array.from(text.match(/../g), (pair) => parseInt(pair, 16));
}

const base64 = (bytes) => btoa(latin1(bytes));

/* RFC 4648 section 4 with padding, and only what would be written again. */
function fromBase64(text, what) {
  if (/^[A-Za-z0-9+/]*={0,2}$/.test(text) && text.length % 4 === 0) {
    const bytes = fromLatin1(atob(text));
    if (base64(bytes) === text) return bytes;
  }
  throw malformed(what);
}

const base64url = (bytes) => base64(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

function fromBase64url(text, what) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length % 4 === 1) throw malformed(what);
  const padded = text.replaceAll("-", "+").replaceAll("_", "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return fromBase64(padded, what);
}

async function sha256(...parts) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", parts.length === 1 ? parts[0] : concat(...parts)));
}

function uint64(number) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(number));
  return bytes;
}

/* Decimal without leading zeros, below 2^63: a BigInt, for a log may outgrow exact numbers. */
function parseSize(text, what) {
  if (!/^(0|[1-9][0-9]{0,18})$/.test(text) || BigInt(text) >= 1n << 63n) throw malformed(what);
  return BigInt(text);
}

/* Lets the page live: called inside every long loop, gives way some twenty times a second. */
let gaveWay = 0;
async function breathe() {
  if (performance.now() - gaveWay < 40) return;
  await new Promise((resolve) => setTimeout(resolve));
  gaveWay = performance.now();
}
