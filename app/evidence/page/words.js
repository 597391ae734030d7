/* The words of the answer. States, causes and acts stand before this file in the page, from app/words.py. */

const ROLE_WORDS = {
  case: ["案件", "case"],
  filed: ["单位填报", "filed by an office"],
  people: ["机构与人员", "people"],
  law: ["规则与日历", "law"],
  keys: ["密钥", "keys"],
};

const wordOf = (words, code) => (Object.hasOwn(words, code) ? words[code] : [String(code), String(code).replaceAll("_", " ")]);
const actOf = (topic) => wordOf(ACT_WORDS, String(topic).replace(/\.v\d+$/, ""));
