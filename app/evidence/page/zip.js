/*
 * A strict zip reader: docs/formats.md section 16. What a header says of sizes is compared, never believed.
 *
 * Two readers that find different files in one zip are how forgers work, so nothing is skipped: the entries, the
 * directory and the end record must cover every byte, once, in the same order.
 */

const MAX_ZIP_BYTES = 64 << 20;
const MAX_ENTRIES = 20_000;
const MAX_ENTRY_BYTES = 32 << 20;
const MAX_UNPACKED_BYTES = 256 << 20;
const MAX_NAME_BYTES = 300;
const SLICE_BYTES = 16 << 10;
const [LOCAL, CENTRAL, END] = [0x04034b50, 0x02014b50, 0x06054b50];
const [LOCAL_BYTES, CENTRAL_BYTES, END_BYTES] = [30, 46, 22];

const badZip = (zh, en) => new Refused(`压缩包：${zh}`, `zip: ${en}`);

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc32(bytes) {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = CRC_TABLE[(crc ^ bytes[i]) & 0xff] ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/*
 * Unpack raw deflate: at most `limit` bytes, whatever it would grow to, and nothing after its last block. It is fed in
 * slices, since a slice is unpacked whole before anybody can say stop: some 16 MiB at the worst.
 */
async function inflate(packed, limit) {
  const stream = new DecompressionStream("deflate-raw");
  const writer = stream.writable.getWriter();
  const feed = async () => {
    for (let at = 0; at < packed.length; at += SLICE_BYTES) await writer.write(packed.subarray(at, at + SLICE_BYTES));
    await writer.close();
  };
  feed().catch(() => undefined); // whoever reads meets the same error
  const reader = stream.readable.getReader();
  const parts = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw badZip("压缩数据已损坏", "damaged data");
    });
    if (done) return concat(...parts);
    size += value.length;
    if (size > limit) {
      await reader.cancel();
      throw badZip("展开后与所示大小不符", "an entry is longer than its header says");
    }
    parts.push(value);
  }
}

/* The directory: [{name, method, crc, packed, size, start}], every byte of the file accounted for. */
function zipDirectory(bytes) {
  if (bytes.length > MAX_ZIP_BYTES) throw badZip("超过 64 MiB", "more than 64 MiB");
  if (bytes.length < END_BYTES) throw badZip("不是压缩包", "not a zip");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const [u16, u32] = [(at) => view.getUint16(at, true), (at) => view.getUint32(at, true)];
  const end = bytes.length - END_BYTES;
  if (u32(end) !== END || u16(end + 20) !== 0) throw badZip("末尾不是目录结束记录", "it does not end in an end record");
  const [count, length, directory] = [u16(end + 10), u32(end + 12), u32(end + 16)];
  if (u16(end + 4) !== 0 || u16(end + 6) !== 0 || u16(end + 8) !== count) throw badZip("分卷", "split");
  if (count < 1 || count > MAX_ENTRIES) throw badZip("文件数超限", `${count} entries`);
  if (directory + length !== end) throw badZip("目录与结束记录不符", "the directory does not reach the end record");

  const entries = [];
  let [at, next, total] = [directory, 0, 0];
  for (let i = 0; i < count; i++) {
    const local = next;
    if (at + CENTRAL_BYTES > end || u32(at) !== CENTRAL) throw badZip("目录已损坏", "damaged directory");
    if (local + LOCAL_BYTES > directory || u32(local) !== LOCAL) throw badZip("文件头已损坏", "damaged header");
    const [flags, method, crc] = [u16(at + 8), u16(at + 10), u32(at + 16)];
    const [packed, size, nameBytes] = [u32(at + 20), u32(at + 24), u16(at + 28)];
    if (flags !== 0 || (method !== 0 && method !== 8)) throw badZip("加密或不支持的压缩方法", "encrypted, or an unknown method");
    // Unix file type, if any, and the attribute of a folder: a link would be another file to another program.
    const [needs, kind] = [u16(at + 6), (u16(at + 40) >> 12) & 15];
    if (needs > 20 || (kind !== 0 && kind !== 8) || u32(at + 38) & 0x10) throw badZip("不是普通文件", "an entry is no plain file");
    if (u16(at + 30) !== 0 || u16(at + 32) !== 0 || u16(local + 28) !== 0) throw badZip("附加字段或注释", "extra field or comment");
    if (u16(at + 34) !== 0 || u32(at + 42) !== local) throw badZip("文件之间有空隙", "gap, or entries out of order");
    // Version, flags, method, time, CRC, sizes, name length: the local header repeats them byte for byte.
    if (!equal(bytes.subarray(at + 6, at + 30), bytes.subarray(local + 4, local + 28))) {
      throw badZip("两处文件头不一致", "the two headers of an entry differ");
    }
    const name = bytes.subarray(at + CENTRAL_BYTES, at + CENTRAL_BYTES + nameBytes);
    const start = local + LOCAL_BYTES + nameBytes;
    if (start + packed > directory || at + CENTRAL_BYTES + nameBytes > end) throw badZip("文件头已损坏", "damaged header");
    if (!equal(name, bytes.subarray(local + LOCAL_BYTES, start))) throw badZip("两处文件名不一致", "the two names of an entry differ");
    if (nameBytes > MAX_NAME_BYTES) throw badZip("文件名过长", "a name is too long");
    if (size > MAX_ENTRY_BYTES || packed > MAX_ENTRY_BYTES || (method === 0 && size !== packed)) throw badZip("大小超限或不符", "an entry's size");
    total += size;
    if (total > MAX_UNPACKED_BYTES) throw badZip("展开后超过 256 MiB", "more than 256 MiB unpacked");
    entries.push({ name: latin1(name), method, crc, packed, size, start });
    at += CENTRAL_BYTES + nameBytes;
    next = start + packed;
  }
  if (at !== end || next !== directory) throw badZip("文件之间有空隙", "gap");
  return entries;
}

/* The names below the one folder at the top, checked: Map of name to entry. */
function zipNames(entries) {
  const bag = entries[0].name.split("/")[0];
  if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}$/.test(bag)) throw badZip("顶层文件夹名称", "the name of the folder at the top");
  const names = new Map();
  for (const entry of entries) {
    const parts = entry.name.split("/");
    const fits = parts.length > 1 && parts.every((part) => /^[A-Za-z0-9._-]+$/.test(part) && part !== "." && part !== "..");
    if (!fits || parts[0] !== bag) throw badZip(`不允许的文件名 ${entry.name.slice(0, 80)}`, `a name that is not allowed: ${entry.name.slice(0, 80)}`);
    const name = entry.name.slice(bag.length + 1);
    if (names.has(name)) throw badZip(`重复的文件名 ${name}`, `${name} stands twice`);
    names.set(name, entry);
  }
  for (const name of names.keys()) {
    const parts = name.split("/");
    for (let n = 1; n < parts.length; n++) {
      if (names.has(parts.slice(0, n).join("/"))) throw badZip(`${name} 位于文件之下`, `${name}: below a file`);
    }
  }
  return names;
}

/* The bytes of one entry. */
async function unzip(bytes, entry) {
  const packed = bytes.subarray(entry.start, entry.start + entry.packed);
  const data = entry.method === 0 ? packed : await inflate(packed, entry.size);
  if (data.length !== entry.size || crc32(data) !== entry.crc) throw badZip(`${entry.name} 已损坏`, `${entry.name} is damaged`);
  return data;
}
