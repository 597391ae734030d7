/*
 * The page. Foreign data enters the document as text and in no other way (`textContent`), and nothing is fetched: the
 * policy in the page's head would forbid it.
 */

const LONGEST_SHOWN = 200; // cited records drawn at once; a button shows the rest

const byId = (id) => document.getElementById(id);

/* An element with classes ("p.hint"), and children: text, elements, or [zh, en] to be shown one at a time. */
function make(what, ...children) {
  const [tag, ...classes] = what.split(".");
  const element = document.createElement(tag);
  if (classes.length) element.className = classes.join(" ");
  for (const child of children) element.append(...(Array.isArray(child) ? bilingual(...child) : [child]));
  return element;
}

function bilingual(zh, en) {
  const [first, second] = [document.createElement("span"), document.createElement("span")];
  [first.lang, second.lang] = ["zh", "en"];
  [first.textContent, second.textContent] = [zh, en];
  return [first, second];
}

function row(list, name, ...values) {
  list.append(make("dt", name), make("dd", ...values));
}

const MARKS = { true: ["✓", ["通过", "holds"]], false: ["✗", ["不成立", "does not hold"]], unchecked: ["–", ["未检查", "not checked"]], waiting: ["·", ["未进行", "not tried"]] };

function drawSteps() {
  const list = byId("steps");
  list.replaceChildren();
  STEPS.forEach(([zh, en], i) => {
    const item = make("li", make("span.number", `${i + 1}`), make("span.mark"), make("div", make("b", [zh, en]), make("p")));
    item.dataset.step = i + 1;
    list.append(item);
    markStep(item, "waiting", "", "");
  });
}

function markStep(item, ok, zh, en) {
  item.dataset.ok = ok;
  const [sign, words] = MARKS[ok];
  const mark = item.querySelector(".mark");
  mark.textContent = sign;
  mark.setAttribute("role", "img");
  mark.setAttribute("aria-label", words.join(" "));
  const text = item.querySelector("p");
  const doubt = ok === "unchecked" && !zh.startsWith("未检查") && !zh.startsWith("此处未检查");
  text.replaceChildren(...bilingual(doubt ? `未检查：${zh}` : zh, doubt ? `not checked: ${en}` : en));
  text.hidden = zh === "";
}

const showStep = ({ number, ok, zh, en }) => markStep(byId("steps").children[number - 1], ok === null ? "unchecked" : String(ok), zh, en);

const VERDICTS = {
  verified: ["✓ 字节与签名已核验", "✓ Bytes and signatures verified", "结论须由 luoshi-verify.pyz 复算。", "The conclusion is for luoshi-verify.pyz to derive again."],
  consistent: ["– 自洽，签名人身份未知", "– Consistent, signer unknown", "没有给出信任依据：任何人都能自造这样一份文件。请填写第 2 项。", "No trust was given: anybody can make such a file. Fill in part 2."],
  unchecked: ["– 未能核验", "– Not verified", "此浏览器不支持 Ed25519：请用 luoshi-verify.pyz 或更新的浏览器。", "This browser has no Ed25519: use luoshi-verify.pyz or a newer browser."],
};

const SOUND = ["可靠：有重放审计人联署，“没有发生”的结论经第三方逐条核对。", "Sound: a replay auditor cosigned, so what is not there was looked for by somebody else."];
const ACCOUNTABLE = ["可追责：没有重放审计人联署；若“没有发生”的结论不实，可据此文件追究运营方，但文件本身不会显示。", "Accountable: no replay auditor cosigned; a false silence can be proved against the operator, but does not show by itself."];

function showVerdict(name, ...texts) {
  const box = byId("verdict");
  box.className = `verdict ${name}`;
  const [zh, en, moreZh, moreEn] = texts;
  box.replaceChildren(make("b", [zh, en]), ...(moreZh ? [make("p", [moreZh, moreEn])] : []));
}

function showOutcome(found, file, digest) {
  const failed = found.failed === null ? null : found.steps.at(-1);
  if (failed) {
    showVerdict("refused", `✗ 不予采信：第 ${failed.number} 步`, `✗ Refused: step ${failed.number}`, failed.zh, failed.en);
  } else {
    showVerdict(found.verdict, ...VERDICTS[found.verdict]);
    const { question } = found.bundle.statement;
    byId("verdict").append(make("p", found.isSound ? SOUND : ACCOUNTABLE));
    byId("verdict").append(make("p", [`所问：${question.stream}，截至 ${question.as_of}`, `Asked: ${question.stream}, as of ${question.as_of}`]));
  }
  const facts = byId("facts");
  facts.replaceChildren();
  row(facts, ["文件", "File"], file.name);
  row(facts, ["文件摘要 SHA-256", "Its SHA-256"], make("span.mono", digest));
  if (found.bundle === null) return;
  for (const tool of TOOLS) {
    const inside = found.bundle.digests.get(tool);
    if (inside) row(facts, [`内附 ${tool} 的摘要`, `SHA-256 of ${tool} in it`], make("span.mono", inside));
  }
}

const nameOf = (party) => (isObject(party) ? String(party.name ?? party.id ?? "") : "");

function drawDuty(duty) {
  const [zh, en] = wordOf(STATE_WORDS, duty.state);
  const late = ["breached", "met_late", "disputed"].includes(duty.state);
  const box = make("article.duty", make("h3", `${duty.duty_name ?? duty.duty} `, make(`span.tag${late ? ".late" : ""}`, [zh, en])));
  const facts = make("dl");
  const basis = isObject(duty.legal_basis) ? duty.legal_basis : {};
  if (basis.doc) row(facts, ["依据", "Law"], basis.article ? [`《${basis.doc}》第 ${basis.article} 条`, `${basis.doc}, art. ${basis.article}`] : [`《${basis.doc}》`, basis.doc]);
  row(facts, ["责任单位", "Unit"], nameOf(duty.unit) || ["未记录", "not recorded"]);
  const post = isObject(duty.person) && duty.person.post ? `（${duty.person.post}）` : "";
  row(facts, ["责任人", "Person"], isObject(duty.person) ? `${nameOf(duty.person)}${post}` : ["未记录", "not recorded"]);
  if (duty.source === "standing") row(facts, ["期", "Period"], String(duty.case_no));
  row(facts, ["到期", "Due"], String(duty.due_on ?? duty.due_at ?? "—"));
  row(facts, ["履行", "Met"], duty.discharged_at === null ? ["未记录", "not recorded"] : String(duty.discharged_at));
  if (typeof duty.days_late === "number" && late) row(facts, ["逾期", "Late"], [`${duty.days_late} 日`, `${duty.days_late} days`]);
  const causes = (Array.isArray(duty.causes) ? duty.causes : []).map((cause) => wordOf(CAUSE_WORDS, cause?.code));
  if (causes.length) row(facts, ["原因", "Cause"], [causes.map(([word]) => word).join("、"), causes.map(([, word]) => word).join(", ")]);
  const cited = [...new Set(citedBy(duty).map(({ index }) => index))].sort((a, b) => a - b);
  if (cited.length) row(facts, ["所引记录", "Records cited"], ...cited.flatMap((index, i) => [i ? "、" : "", recordLink(index)]));
  box.append(facts);
  return box;
}

function recordLink(index) {
  const link = make("a", `${index}`);
  link.href = `#record-${index}`;
  return link;
}

function drawAnswer({ bundle, events }) {
  const { answer, statement } = bundle;
  const box = byId("conclusion");
  box.replaceChildren();
  const duties = Array.isArray(answer.duties) ? answer.duties.filter(isObject) : [];
  if (statement.kind === "absence") {
    const count = bundle.streams[0].indexes.length;
    const duty = statement.question.duty;
    const what = !isAboutCase(bundle)
      ? [`截至该检查点，所列单位恰有 ${ownIndexes(bundle).length} 条填报，其中没有履行“${duties[0]?.duty_name ?? duty}”的。`, `At this checkpoint these offices have exactly ${ownIndexes(bundle).length} filings, and none of them discharges ${duty}.`]
      : count
      ? [`截至该检查点，${statement.question.stream} 恰有 ${count} 条记录${duty ? `，其中没有履行“${duties[0]?.duty_name ?? duty}”的` : ""}。`, `At this checkpoint ${statement.question.stream} has exactly ${count} events${duty ? `, and none of them discharges ${duty}` : ""}.`]
      : [`截至该检查点，日志中没有 ${statement.question.stream} 这一案件。`, `At this checkpoint the log has no case ${statement.question.stream}.`];
    box.append(make("p", what));
  }
  if (!isAboutCase(bundle)) {
    const counts = statement.streams.filter(({ role }) => role === "filed").map(({ stream, indexes }) => `${stream} (${indexes.length})`).join("、");
    box.append(make("p", [`计入的填报：${counts}。别的单位是否填报过准假等免责，本件不证明。`, `Filings counted: ${counts}. Of what other offices may have filed to excuse a duty, this file proves nothing.`]));
  }
  for (const duty of duties) box.append(drawDuty(duty));
  const adopted = [...events.values()].filter(({ payload: { stream } }) => stream === PACKS || stream === CALENDARS);
  const law = [...new Set(adopted.map(({ payload: { body } }) => (body.pack_id ? `${body.pack_id} ${body.version}` : `${body.calendar_id} ${body.year}`)))];
  if (law.length) box.append(make("p.hint", [`检查点时的全部规则包与放假安排：${law.join("、")}`, `All rule packs and calendars at this checkpoint: ${law.join(", ")}`]));
  if (!duties.length && statement.kind !== "absence") box.append(make("p", ["截至所问日期，没有产生职责。", "No duty had arisen by the day asked."]));
}

function actorOf({ official, system }) {
  return [official, system].filter((name) => typeof name === "string").join(" / ") || "—";
}

function drawRecord({ index, payload, keyId, disclosed }, bundle) {
  const [zh, en] = actOf(payload.topic);
  const role = bundle.statement.streams.find(({ stream }) => stream === payload.stream)?.role;
  const item = make("li", make("h3", [zh, en], " ", make("small", `#${index} · ${payload.topic}`)));
  item.id = `record-${index}`;
  item.tabIndex = -1;
  const facts = make("dl");
  row(facts, ["流", "Stream"], `${payload.stream}（${payload.version}）`, ...(role ? [[` ${ROLE_WORDS[role][0]}`, ` ${ROLE_WORDS[role][1]}`]] : []));
  row(facts, ["称发生于", "Said to be of"], payload.occurred_at);
  row(facts, ["记录于", "Recorded"], payload.recorded_at);
  row(facts, ["行为人", "Actor"], actorOf(payload.actor));
  row(facts, ["签名密钥", "Signed by"], make("span.mono", keyId));
  for (const { name, value } of disclosed.filter((field) => field.name !== ATTACHMENT)) row(facts, [`披露：${name}`, `Disclosed: ${name}`], typeof value === "string" ? value : encodeJson(value));
  if (payload.sd.length > disclosed.length) row(facts, ["未披露", "Withheld"], [`${payload.sd.length - disclosed.length} 项`, `${payload.sd.length - disclosed.length} fields`]);
  const body = make("details", make("summary", ["内容", "Body"]), make("pre", JSON.stringify(payload.body, null, 1)));
  item.append(facts, body);
  return item;
}

function drawRecords(found) {
  const list = byId("records");
  list.replaceChildren();
  // What is shown of sealed fields is shown with its record, cited or not; an attachment's field is among the documents.
  const open = [...found.events.values()].filter(({ disclosed }) => disclosed.some(({ name }) => name !== ATTACHMENT));
  const indexes = [...new Set([...found.cited, ...open.map(({ index }) => index)])].sort((a, b) => a - b);
  const more = () => {
    for (const index of indexes.splice(0, LONGEST_SHOWN)) list.append(drawRecord(found.events.get(index), found.bundle));
    if (!indexes.length) return;
    const item = make("li");
    item.append(button([`其余 ${indexes.length} 条`, `${indexes.length} more`], () => {
      item.remove();
      more();
    }));
    list.append(item);
  };
  more();
}

async function bytesOf(file, limit) {
  if (file.size > limit) throw new Refused(`${file.name}：超过 ${limit} 字节`, `${file.name}: more than ${limit} bytes`);
  return new Uint8Array(await file.arrayBuffer());
}

/* The trust that stands in the form, or null. */
async function givenTrust() {
  const [policy, sidecar, pasted] = [byId("policy").files[0], byId("sidecar").files[0], byId("vkey").value.trim()];
  if (policy && pasted) throw new Refused("策略文件与粘贴的公钥只能取其一", "either a policy file or a pasted key, not both");
  if (sidecar && !policy) throw new Refused("给了 .json 附件，却没有策略文件", "a .json was given without its policy file");
  if (!policy && !pasted) return null;
  const bytes = policy ? await bytesOf(policy, MAX_POLICY_BYTES) : utf8(pasted);
  return loadTrust(bytes, sidecar ? await bytesOf(sidecar, MAX_SIDECAR_BYTES) : null);
}

let chosen = null; // the evidence file
let running = 0; // a later run silences an earlier one

async function run() {
  const mine = ++running;
  const root = document.documentElement;
  const isCurrent = () => mine === running;
  delete root.dataset.verdict;
  drawSteps();
  byId("facts").replaceChildren();
  byId("answer").hidden = byId("cited").hidden = byId("enclosed").hidden = true;
  byId("progress").hidden = false;
  showVerdict("", "正在核验……", "Verifying ...");
  let verdict = "unread";
  try {
    let trust;
    try {
      trust = await givenTrust();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      throw new Refused(`信任依据：${error.zh}`, `the trust: ${error.en}`);
    }
    const size = chosen.size > MAX_ZIP_BYTES ? 0 : chosen.size;
    const bytes = new Uint8Array(await chosen.slice(0, size).arrayBuffer());
    if (size !== chosen.size) throw new Refused("文件超过 64 MiB", "the file has more than 64 MiB");
    const digest = hex(await sha256(bytes));
    const found = await verifyFile(bytes, trust, (step) => isCurrent() && showStep(step), (share) => {
      if (isCurrent()) byId("progress").value = share;
    });
    if (!isCurrent()) return;
    showOutcome(found, chosen, digest);
    if (found.failed === null && found.verdict !== "unchecked") {
      drawAnswer(found);
      drawRecords(found);
      drawDocuments(found);
      byId("answer").hidden = byId("cited").hidden = false;
    }
    verdict = found.verdict;
  } catch (error) {
    if (!isCurrent()) return;
    const said = error instanceof Refused ? [error.zh, error.en] : [`读不了：${error.message}`, `cannot be read: ${error.message}`];
    showVerdict("refused", "✗ 未能核验", "✗ Could not be tried", ...said);
  }
  byId("progress").hidden = true;
  root.dataset.verdict = verdict;
}

const runIfChosen = () => (chosen ? run() : undefined);

function choose(file) {
  if (!file) return;
  chosen = file;
  runIfChosen();
}

function start() {
  drawSteps();
  const drop = byId("drop");
  byId("file").addEventListener("change", (event) => choose(event.target.files[0]));
  for (const id of ["policy", "sidecar", "vkey"]) byId(id).addEventListener("change", runIfChosen);
  byId("given").addEventListener("submit", (event) => {
    event.preventDefault();
    if (chosen) run();
    else byId("file").focus();
  });
  // Anywhere on the page: a file dropped beside the box would otherwise be opened in its place.
  for (const name of ["dragover", "drop", "dragleave"]) {
    document.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.toggle("over", name === "dragover");
      if (name !== "drop") return;
      byId("file").value = "";
      choose(event.dataTransfer.files[0]);
    });
  }
  byId("print").addEventListener("click", () => window.print());
  byId("language").addEventListener("click", () => {
    const root = document.documentElement;
    root.lang = root.dataset.lang = root.dataset.lang === "zh" ? "en" : "zh";
    byId("language").textContent = root.lang === "zh" ? "English" : "中文";
  });
}

start();
