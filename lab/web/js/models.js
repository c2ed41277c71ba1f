// Models and attacks: those that exist, those that can be fetched, and the user's own.
import { t, lang, onLanguage } from "/js/i18n.js";
import { get, post, send, remove, watch, words } from "/js/api.js";
import { $, el, page, bytes, lost } from "/js/ui.js";
import { particulars, worded } from "/js/parameters.js";

let models, catalogue;
let sending = false;
const pulls = new Map(); // what is being fetched, by name: its bar, or how it ended

function fail(err) {
  $("error").textContent = err ? words(err) : "";
  if (err) $("error").scrollIntoView({ block: "nearest" });
}

// said writes below the form what came of the latest upload or deletion, in the page's language.
let said = () => [];
const say = (f) => { said = f; $("findings").replaceChildren(...said()); };

const kept = (name) => `pull ${name}`; // where the task of a pull is remembered

// follow shows the progress of a pull.
function follow(m, id) {
  const bar = el("progress", { max: String(m.download), value: "0", "aria-label": m.name });
  const done = {};
  const end = (...says) => {
    sessionStorage.removeItem(kept(m.name));
    pulls.set(m.name, says.length ? el("span", { class: "error" }, ...says) : null);
    refresh();
    return true;
  };
  sessionStorage.setItem(kept(m.name), id);
  pulls.set(m.name, bar);
  watch(`/api/tasks/${id}/events`, {
    progress: (p) => {
      done[p.file] = p.done;
      bar.value = Object.values(done).reduce((a, b) => a + b, 0);
    },
    done: () => end(),
    failed: (p) => end(words(p)),
  }, () => end(...lost()));
}

async function pull(m) {
  fail(null);
  try {
    follow(m, (await post(`/api/models/${m.name}/pull`)).task);
  } catch (err) {
    pulls.set(m.name, el("span", { class: "error" }, words(err)));
  }
  draw();
}

async function drop(m) {
  if (!confirm(t("models.sure", { name: m.name }))) return;
  fail(null);
  try {
    await remove(`/api/models/${encodeURIComponent(m.name)}`);
    say(() => [t("models.deleted", { name: m.name })]);
    await refresh();
    $("main").focus({ preventScroll: true }); // the button is gone
  } catch (err) {
    fail(err);
  }
}

async function facts(m, p) {
  const d = await get(`/api/models/${encodeURIComponent(m.name)}`).catch(() => null);
  if (d) p.textContent = t("models.facts", { classes: d.classes, params: d.params.toLocaleString(lang()), input: d.input.join(" × ") }) + (d.multilabel ? t("models.multilabel") : "");
}

// described shows an attack, and its parameters besides the settings, which have a table of their own.
function described(a) {
  const link = a.arxiv ? el("a", { href: `https://arxiv.org/abs/${a.arxiv}`, rel: "noreferrer" }, `arXiv:${a.arxiv}`) : "";
  const rows = a.parameters.filter((p) => !a.settings.includes(p.name)).map((p) => el("tr", {}, el("th", { scope: "row" }, p.name, worded(p) ? "" : el("small", {}, ` ${p.default[lang()]}`)),
    el("td", {}, p.about[lang()], el("small", {}, p.kind === "loss" ? p.choices.join(", ") : particulars(p)))));
  return el("article", { class: "model" },
    el("h3", {}, a.title[lang()], " ", el("small", {}, a.name)), el("p", {}, a.about[lang()]), el("p", { class: "note" }, a.paper, " ", link),
    rows.length ? el("details", {}, el("summary", {}, t("attacks.parameters")), el("table", { class: "settings" }, el("tbody", {}, ...rows))) : "");
}

function draw() {
  $("models").replaceChildren(...models.map((m) => {
    const kind = [t("models.kind." + m.kind), m.present ? "" : t("models.missing"), m.default ? t("models.default") : "", m.license || ""].filter(Boolean).join(" · ");
    const about = el("p", { class: "note" }), action = el("p", { class: "row" }), running = pulls.get(m.name);
    if (m.present) {
      facts(m, about);
      if (running === null) action.append(t("models.pulled"));
    } else if (m.download && running?.tagName !== "PROGRESS") action.append(el("button", { type: "button", onclick: () => pull(m) }, t("models.pull", { bytes: bytes(m.download) })));
    if (running) action.append(running);
    if (m.own) action.append(el("button", { type: "button", "aria-label": `${t("models.delete")}: ${m.name}`, onclick: () => drop(m) }, t("models.delete")));
    return el("article", { class: "model" }, el("h3", {}, m.title ? `${m.name}: ${m.title}` : m.name), el("p", {}, kind), ...(m.problem ? [el("p", { class: "error" }, m.problem)] : []), about, action);
  }));
  $("attacks").replaceChildren(...catalogue.attacks.map(described),
  el("h2", { class: "apart" }, t("attacks.settings")),
  el("table", { class: "settings" }, el("tbody", {}, ...catalogue.settings.map((s) => el("tr", {}, el("th", { scope: "row" }, s.name, s.default ? el("small", {}, ` ${s.default}`) : ""), el("td", {}, s.about[lang()]))))));
}

async function refresh() {
  models = await get("/api/models").catch((err) => { fail(err); return models; });
  draw();
}

// nameOf makes a name that the lab takes from a file's, if it has letters for one.
const nameOf = (file) => file.toLowerCase().replace(/\.onnx$/, "").replace(/[^a-z0-9._-]+/g, "-").replace(/^[._-]+/, "").slice(0, 64).replace(/[._-]+$/, "");

const chosen = () => { $("onnxname").textContent = $("onnx").files[0]?.name || t("models.none"); };

async function upload(e) {
  e.preventDefault();
  if (sending) return;
  sending = true;
  fail(null);
  say(() => [t("models.checking")]);
  document.body.setAttribute("aria-busy", "true");
  try {
    const q = new URLSearchParams({ name: $("name").value, preset: $("preset").value, labels: $("labels").value });
    for (const id of ["output", "size", "order", "layout"]) if ($(id).value) q.set(id, $(id).value);
    const u = await send(`/api/models?${q}`, $("onnx").files[0]);
    say(() => [el("p", {}, t(u.ok ? "models.ok" : "models.notok")),
      el("ul", {}, ...u.model.notes.map((n) => el("li", {}, n)), ...u.findings.map((f) => el("li", {}, `${f.level}, ${f.check}: ${[f.text, f.advice].filter(Boolean).join(" · ")}`)))]);
    await refresh();
  } catch (err) {
    say(() => []);
    fail(err);
  } finally {
    sending = false;
    document.body.removeAttribute("aria-busy");
  }
}

page(async () => {
  [models, catalogue] = await Promise.all([get("/api/models"), get("/api/attacks")]);
  for (const m of models) {
    const id = sessionStorage.getItem(kept(m.name));
    if (id && !m.present) follow(m, id);
  }
  draw();
  onLanguage(() => { draw(); chosen(); say(said); });
  $("upload").addEventListener("submit", upload);
  $("onnx").addEventListener("change", () => {
    chosen();
    if (!$("name").value) $("name").value = nameOf($("onnx").files[0]?.name ?? "");
  });
});
