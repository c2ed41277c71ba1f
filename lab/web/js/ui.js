// What all pages share: header, footer, theme, and small helpers.
import { t, start, lang, setLanguage, translate, onLanguage } from "/js/i18n.js";
import { words } from "/js/api.js";

export const $ = (id) => document.getElementById(id);

// el makes an element with attributes and children.
export function el(tag, attributes = {}, ...children) {
  const e = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) {
    if (k === "onclick") e.addEventListener("click", v);
    else if (k === "class") e.className = v;
    else if (v !== false && v !== undefined) e.setAttribute(k, v);
  }
  e.append(...children);
  return e;
}

// svg turns the server's SVG into elements. The page's policy forbids style attributes in parsed
// text, but allows setting styles; so they are renamed, parsed, and then set. Quotes in texts are
// escaped, so the search is exact.
export function svg(text) {
  const plain = text.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ').replace(/\sstyle="/g, ' data-style="');
  const doc = new DOMParser().parseFromString(plain, "image/svg+xml");
  const copy = (from) => {
    if (from.nodeType === Node.TEXT_NODE) return document.createTextNode(from.data);
    if (from.nodeType !== Node.ELEMENT_NODE || from.localName === "script") return null;
    const to = document.createElementNS("http://www.w3.org/2000/svg", from.localName);
    for (const a of from.attributes) {
      if (a.name === "data-style") to.style.cssText = a.value;
      else if (!a.name.startsWith("on") && a.name !== "xmlns") to.setAttribute(a.name, a.value);
    }
    for (const child of from.childNodes) {
      const c = copy(child);
      if (c) to.append(c);
    }
    return to;
  };
  return copy(doc.documentElement);
}

// percent writes a probability as the reports do.
export function percent(p) {
  const v = 100 * p;
  if (v === 0 || v === 100) return `${v}\u00a0%`;
  if (v > 99.9) return `${(Math.floor(v * 100) / 100).toFixed(2)}\u00a0%`;
  if (v < 0.01) return "<\u00a00.01\u00a0%";
  return `${v.toFixed(v < 1 ? 2 : 1)}\u00a0%`;
}

export function bytes(n) {
  if (n < 1e3) return `${n} B`;
  return n < 1e6 ? `${(n / 1e3).toFixed(0)} kB` : `${(n / 1e6).toFixed(1)} MB`;
}

// levels writes a size in pixel units in levels of 255.
export function levels(v) {
  return `${+(255 * v).toFixed(2)}/255`;
}

const drawn = {
  "giant panda": "大熊猫", vulture: "秃鹫", ostrich: "鸵鸟", kitten: "小猫", dog: "狗", "tennis ball": "网球", "bath towel": "浴巾", "garbage can": "垃圾桶",
  "Granny Smith": "青苹果", "paper towel": "厨房纸", weasel: "鼬", "bathing cap": "泳帽", "cocktail shaker": "调酒壶", "water jug": "水壶", velvet: "天鹅绒", menu: "菜单",
};

// label is the name of a class, with a Chinese one beside it where we have one.
export function label(name) {
  return lang() === "zh" && drawn[name] ? `${name}（${drawn[name]}）` : name;
}

// called is the short name of a drawn class, in Chinese if the page is.
export const called = (name) => (lang() === "zh" && drawn[name]) || name;

// english are the names of the drawn classes that Chinese words may mean.
export function english(words) {
  return words ? Object.keys(drawn).filter((name) => drawn[name].includes(words) || label(name) === words) : [];
}

// newest shows in an image the picture that was requested last, once it is loaded. A picture that
// no longer exists is reported as gone. After cancel, no earlier request is shown.
export function newest(img) {
  let wanted = null, busy = false, turn = 0;
  const next = async () => {
    busy = true;
    while (wanted) {
      const { url, gone } = wanted, mine = turn;
      wanted = null;
      const fresh = new Image();
      fresh.src = url;
      const read = await fresh.decode().then(() => true, () => false);
      if (mine !== turn) continue;
      if (read) img.src = url;
      else gone?.();
    }
    busy = false;
  };
  const show = (url, gone) => {
    wanted = { url, gone };
    if (!busy) next();
  };
  show.cancel = () => {
    turn++;
    wanted = null;
  };
  return show;
}

// ranking makes the rows of a table of predictions.
export function ranking(predictions, multilabel = false) {
  return predictions.map((p) => {
    const bar = el("i");
    bar.style.width = `${100 * p.prob}%`;
    return el("tr", {}, el("th", { scope: "row" }, label(p.label), ...(multilabel ? [" ", el("small", {}, onOff(p.prob))] : [])), el("td", {}, el("span", { class: "value" }, percent(p.prob)), " ", el("span", { class: "bar" }, bar)));
  });
}

// onOff returns the word for on or off for the probability of a label that is on or off by itself.
export const onOff = (prob) => t(prob > 0.5 ? "label.on" : "label.off");

// lit names the labels that are on.
export const lit = (predictions) => predictions.filter((p) => p.prob > 0.5).map((p) => label(p.label)).join(lang() === "zh" ? "、" : ", ") || t("label.none");

// switched says what became of a run's goal label; of several, the likeliest counts.
export function switched(f) {
  const name = f.not?.length > 1 ? t("label.several", { count: f.not.length }) : label(f.target_label);
  return `${name}: ${onOff(f.prob_before)} → ${onOff(f.prob_file)}`;
}

// copyable is text with a button that copies it, or selects it where pages may not copy.
export function copyable(text, name) {
  const pre = el("pre", { tabindex: "0" }, text);
  const b = el("button", { type: "button", "aria-label": `${t("result.copy")}: ${name}` }, t("result.copy"));
  b.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      b.textContent = t("result.copied");
    } catch {
      getSelection().selectAllChildren(pre);
      b.textContent = t("result.selected");
    }
  });
  return el("div", { class: "copy" }, pre, b);
}

// judged returns the verdict on a run, and a note on its gradient if there is one.
export function judged(f) {
  const none = f.verdict === "no gradient", top = f.top[0];
  const key = f.success_file ? "fooled" : none ? "nogradient" : f.success_float ? "floatonly" : "notfooled";
  const why = f.hidden_gradients === f.zero_gradients ? "mask" : f.loss === "logprob" || f.loss === "prob" ? "loss" : "flat";
  const notes = [];
  if (f.loss_turned) notes.push(t("result.turned", { loss: f.loss }));
  if (none) notes.push(t("result.nogradient." + why, { loss: f.loss, steps: f.steps }));
  if (f.multilabel) return [`${t("result.label." + key)} ${t("result.label.read", { label: switched(f), prob: percent(f.prob_file) })}`, notes.join(lang() === "zh" ? "" : " ")];
  return [t("result." + key, { label: label(top.label), prob: percent(top.prob) }), notes.join(lang() === "zh" ? "" : " ")];
}

// lost says that a stream has ended too early, and offers to reload the page.
export const lost = () => [t("problem.lost"), " ", el("button", { type: "button", onclick: () => location.reload() }, t("problem.reload"))];

// still reports whether the user prefers reduced motion.
export const still = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

// carries reports whether files are dragged; text is left to the fields.
export const carries = (e) => [...(e.dataTransfer?.types || [])].includes("Files");

function theme(value) {
  if (value === "system") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = value;
  localStorage.setItem("theme", value);
}

function header() {
  const here = location.pathname;
  const link = (href, key) => el("a", { href, "data-i18n": key, ...(here === href ? { "aria-current": "page" } : {}) });
  const languages = el("select", { id: "language", "data-i18n-label": "nav.language" },
    el("option", { value: "en" }, "English"), el("option", { value: "zh" }, "中文"));
  languages.value = lang();
  languages.addEventListener("change", () => setLanguage(languages.value));
  const themes = el("select", { id: "theme", "data-i18n-label": "nav.theme" },
    ...["system", "light", "dark"].map((v) => el("option", { value: v, "data-i18n": "theme." + v })));
  themes.value = localStorage.getItem("theme") || "system";
  themes.addEventListener("change", () => theme(themes.value));
  $("header").append(
    el("a", { class: "brand", href: "/" }, "hoodwink"),
    el("nav", { "data-i18n-label": "nav.label" }, link("/", "nav.workbench"), link("/story", "nav.story"), link("/models", "nav.models"), link("/api", "nav.api")),
    el("span", { class: "switches" }, languages, themes));
  $("footer").append(el("p", { "data-i18n": "footer" }));
}

// page starts a page: its texts, its header, and then its own code.
export async function page(own) {
  theme(localStorage.getItem("theme") || "system");
  try {
    await start();
  } catch {
    $("main").prepend(el("p", { class: "error", role: "alert" }, "The lab does not answer. 实验室没有回应。"));
    return;
  }
  header();
  translate();
  const title = () => { document.title = `${t(document.body.dataset.title || "title.workbench")} · hoodwink`; };
  title();
  onLanguage(title);
  try {
    await own();
  } catch (err) {
    $("main").prepend(el("p", { class: "error", role: "alert" }, words(err), " ", el("button", { type: "button", onclick: () => location.reload() }, t("problem.reload"))));
    throw err;
  }
}
