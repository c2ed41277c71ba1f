// Models and attacks: what there is, what can be fetched, and one's own.
import { t, lang, onLanguage } from "/js/i18n.js";
import { get, post, send, remove, watch, words } from "/js/api.js";
import { $, el, page, bytes } from "/js/ui.js";

let models, catalogue;

function fail(err) {
  $("error").textContent = err ? words(err) : "";
}

function pull(m, box) {
  post(`/api/models/${m.name}/pull`).then((task) => {
    const bar = el("progress", { max: String(m.download), value: "0", "aria-label": m.name });
    box.replaceChildren(bar);
    const done = {};
    watch(`/api/tasks/${task.task}/events`, {
      progress: (p) => {
        done[p.file] = p.done;
        bar.value = Object.values(done).reduce((a, b) => a + b, 0);
      },
      done: () => { box.replaceChildren(t("models.pulled")); refresh(); return true; },
      failed: (p) => { box.replaceChildren(el("span", { class: "error" }, words({ ...p, message: p.detail }))); return true; },
    });
  }).catch((err) => box.replaceChildren(el("span", { class: "error" }, words(err))));
}

async function facts(m, p) {
  const d = await get(`/api/models/${encodeURIComponent(m.name)}`).catch(() => null);
  if (d) p.textContent = t("models.facts", { classes: d.classes, params: d.params.toLocaleString(lang()), input: d.input.join(" × ") });
}

function draw() {
  $("models").replaceChildren(...models.map((m) => {
    const kind = [t("models.kind." + m.kind), m.present ? "" : t("models.missing"), m.default ? t("models.default") : "", m.license || ""].filter(Boolean).join(" · ");
    const about = el("p", { class: "note" }), action = el("p", {});
    if (m.present) facts(m, about);
    else if (m.download) action.append(el("button", { type: "button", onclick: () => pull(m, action) }, t("models.pull", { bytes: bytes(m.download) })));
    if (m.kind === "uploaded") action.append(el("button", { type: "button", onclick: () => remove(`/api/models/${m.name}`).then(refresh).catch(fail) }, t("models.delete")));
    return el("article", { class: "model" }, el("h3", {}, m.title ? `${m.name}: ${m.title}` : m.name), el("p", {}, kind), about, action);
  }));
  $("attacks").replaceChildren(...catalogue.attacks.map((a) => el("article", { class: "model" },
    el("h3", {}, a.title, " ", el("small", {}, a.name)), el("p", {}, a.about[lang()]),
    el("p", { class: "note" }, a.paper, " ", el("a", { href: `https://arxiv.org/abs/${a.arxiv}`, rel: "noreferrer" }, `arXiv:${a.arxiv}`)))),
  el("h2", {}, t("attacks.settings")),
  el("table", {}, el("tbody", {}, ...catalogue.settings.map((s) => el("tr", {}, el("th", { scope: "row" }, s.name, s.default ? el("small", {}, ` ${s.default}`) : ""), el("td", {}, s.about[lang()]))))));
}

async function refresh() {
  models = await get("/api/models");
  draw();
}

async function upload(e) {
  e.preventDefault();
  fail(null);
  $("findings").replaceChildren();
  document.body.setAttribute("aria-busy", "true");
  try {
    const q = new URLSearchParams({ name: $("name").value, preset: $("preset").value, labels: $("labels").value });
    const u = await send(`/api/models?${q}`, $("onnx").files[0]);
    $("findings").replaceChildren(el("p", {}, t(u.ok ? "models.ok" : "models.notok")),
      el("ul", {}, ...u.model.notes.map((n) => el("li", {}, n)), ...u.findings.map((f) => el("li", {}, `${f.level}, ${f.check}: ${f.text}`))));
    await refresh();
  } catch (err) {
    fail(err);
  } finally {
    document.body.removeAttribute("aria-busy");
  }
}

page(async () => {
  [models, catalogue] = await Promise.all([get("/api/models"), get("/api/attacks")]);
  draw();
  onLanguage(draw);
  $("upload").addEventListener("submit", upload);
  $("onnx").addEventListener("change", () => {
    const name = $("onnx").files[0]?.name.replace(/\.onnx$/, "").toLowerCase().replace(/[^a-z0-9._-]+/g, "-");
    if (name && !$("name").value) $("name").value = name;
  });
});
