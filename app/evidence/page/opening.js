/*
 * The documents on the page: to look at, where that is text or a picture, and to save. Nothing in them is run: text is
 * shown as text, a picture as a picture, everything else leaves as bytes, under an ending that its recorded type gives.
 */

const ENDINGS = {
  "application/pdf": "pdf",
  "application/ofd": "ofd",
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
  "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
  "image/jpeg": "jpg",
  "image/png": "png",
  "text/plain": "txt",
};
const PICTURES = { "image/png": [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a], "image/jpeg": [0xff, 0xd8, 0xff] };
const LONGEST_TEXT = 200_000; // characters shown of a text

/* A name as it is: what would turn the line, or not be seen, is spelled out. */
const visible = (text) =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]|(?![ \u3000])\p{Zs}/gu, (c) => `\\u${c.codePointAt(0).toString(16).padStart(4, "0")}`);

/* What a file is saved as: never under an ending that its sender chose. */
function savedAs({ index, name, mediaType, bytes }) {
  const isPdf = mediaType === null && latin1(bytes.subarray(0, 5)) === "%PDF-";
  const ending = isPdf ? "pdf" : Object.hasOwn(ENDINGS, mediaType ?? "") ? ENDINGS[mediaType] : "bin";
  const plain = (name ?? "").replace(/[^\p{L}\p{N} ()（）_.-]/gu, "_").replace(/^[. ]+/, "");
  const stem = (plain.endsWith(`.${ending}`) ? plain.slice(0, -ending.length - 1) : plain).slice(0, 80);
  return `${index}${stem ? `-${stem}` : ""}.${ending}`;
}

function save(document_) {
  // Of no type that a browser opens: the bytes go to disk, whatever they are.
  const url = URL.createObjectURL(new Blob([document_.bytes], { type: "application/octet-stream" }));
  const link = make("a");
  [link.href, link.download] = [url, savedAs(document_)];
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/* What there is to look at without any program: an element, or null. */
function seen({ bytes, mediaType, name }) {
  if (mediaType === "text/plain") {
    let text;
    try {
      text = fromUtf8(bytes, "text");
    } catch {
      return null;
    }
    const shown = [...text.slice(0, LONGEST_TEXT)].map((c) => (c === "\n" || c === "\t" ? c : visible(c))).join("");
    return make("pre", shown, ...(text.length > LONGEST_TEXT ? ["…"] : []));
  }
  const start = Object.hasOwn(PICTURES, mediaType ?? "") ? PICTURES[mediaType] : null;
  if (start === null || !equal(bytes.subarray(0, start.length), Uint8Array.from(start))) return null;
  const picture = make("img");
  const url = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
  picture.addEventListener("load", () => URL.revokeObjectURL(url));
  picture.addEventListener("error", () => picture.replaceWith(make("p", ["图片无法显示", "The picture cannot be shown"])));
  [picture.src, picture.alt] = [url, visible(name ?? "")];
  return picture;
}

function button(words, done) {
  const found = make("button", words);
  found.type = "button";
  found.addEventListener("click", () => done(found));
  return found;
}

function drawDocument(document_, events) {
  const { index, name, mediaType, sha256, bytes } = document_;
  const { payload } = events.get(index);
  const item = make("li", make("h3", name === null ? ["（记录只载有摘要）", "(the record gives its digest only)"] : visible(name)));
  item.dataset.document = sha256;
  const facts = make("dl");
  const [zh, en] = actOf(payload.topic);
  row(facts, ["记录", "Record"], `#${index} `, [zh, en], ` · ${payload.recorded_at}`);
  row(facts, ["类型", "Type"], mediaType ?? "—");
  row(facts, ["字节", "Bytes"], String(bytes.length));
  row(facts, ["摘要 SHA-256", "SHA-256"], make("span.mono", sha256));
  item.append(facts);
  const buttons = make("p.go", button(["保存", "Save"], () => save(document_)));
  const view = button(["查看", "View"], () => {
    const shown = seen(document_);
    view.replaceWith(...(shown === null ? [make("span", ["内容与所记类型不符，请保存后查看", "Not of the recorded type: save it"])] : []));
    if (shown !== null) item.append(shown);
  });
  if (mediaType === "text/plain" || Object.hasOwn(PICTURES, mediaType ?? "")) buttons.append(view);
  item.append(buttons);
  return item;
}

function drawDocuments(found) {
  const list = byId("documents");
  list.replaceChildren();
  for (const each of found.documents) list.append(drawDocument(each, found.events));
  const gone = erasedAttachments(found);
  for (const { index, order, by } of gone) {
    const words = [
      `第 ${index} 条的附件：内容已按“${visible(order)}”决定删除（第 ${by} 条），本件不含其文件`,
      `Attachment of record ${index}: its text is gone, erased by order ${visible(order)} (record ${by}); the file is not enclosed`,
    ];
    list.append(make("li.gone", words));
  }
  byId("enclosed").hidden = !(found.documents.length || gone.length);
}
