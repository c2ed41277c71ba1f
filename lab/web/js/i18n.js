// Texts of the pages in two languages. Keys are flat; {name} in a text is filled in.

const languages = ["en", "zh"];
let texts = {};
let language = "en";
const listeners = [];

// wanted is the language in the address. It is stored and removed from the address; from then on
// the switch decides.
function wanted() {
  const address = new URL(location), asked = address.searchParams.get("lang");
  if (asked !== null) {
    address.searchParams.delete("lang");
    history.replaceState(null, "", address);
    if (languages.includes(asked)) localStorage.setItem("language", asked);
  }
  const kept = localStorage.getItem("language");
  const browser = (navigator.language || "en").startsWith("zh") ? "zh" : "en";
  return [kept, browser].find((l) => languages.includes(l));
}

async function load(l) {
  const reply = await fetch(`/i18n/${l}.json`);
  texts = await reply.json();
  language = l;
  document.documentElement.lang = l === "zh" ? "zh-Hans" : "en";
}

export function lang() { return language; }

export function t(key, values = {}) {
  const text = texts[key];
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

// has reports whether there is a text with that key.
export function has(key) { return key in texts; }

// translate fills in every element that names a text.
export function translate(root = document) {
  for (const e of root.querySelectorAll("[data-i18n]")) e.textContent = t(e.dataset.i18n);
  for (const e of root.querySelectorAll("[data-i18n-label]")) e.setAttribute("aria-label", t(e.dataset.i18nLabel));
  for (const e of root.querySelectorAll("[data-i18n-alt]")) e.alt = t(e.dataset.i18nAlt);
}

export function onLanguage(f) { listeners.push(f); }

export async function setLanguage(l) {
  await load(l);
  localStorage.setItem("language", l);
  translate();
  for (const f of listeners) f();
}

export async function start() {
  await load(wanted());
  translate();
}
