// The workbench: a picture, a model, a goal, an attack, and the run.
import { t, lang, onLanguage } from "/js/i18n.js";
import { get, post, send, remove, words, Problem } from "/js/api.js";
import { $, el, page, percent, label, called, english, bytes, ranking, lit, carries, still } from "/js/ui.js";
import { combo } from "/js/combo.js";
import { Parameters, preset, titled } from "/js/parameters.js";
import { Live } from "/js/live.js";
import { Mask } from "/js/mask.js";

const settings = ["attack", "norm", "eps", "steps", "step", "restarts", "loss", "prob", "seed", "at"];
const numbers = new Set(["steps", "restarts", "prob"]);
const seeds = { vulture: 7, ostrich: 3, kitten: 2, "tennis ball": 3, "bath towel": 2, "garbage can": 6, "Granny Smith": 2, "paper towel": 3, weasel: 5, "bathing cap": 2, "cocktail shaker": 2, velvet: 2, menu: 3 };
const seedOf = (name) => seeds[name] ?? 7; // of the drawing that stands for a class

let info, catalogue, models, classes, parameters, live, mask;
let picture = null; // as the API describes it
let predicted = null; // what the network sees in it
let asked = 0, taking = 0, busy = 0; // predictions and pictures asked for: the newest wins; requests under way
let starting = false;

const goal = () => document.querySelector("[name=goal]:checked").value;
const say = (text) => { $("said").textContent = text; };

function fail(err) {
  $("error").textContent = err ? words(err) : "";
  for (const e of document.querySelectorAll("[aria-invalid]")) {
    e.removeAttribute("aria-invalid");
    e.removeAttribute("aria-describedby");
  }
  const named = err?.parameter ? `set-${err.parameter}` : err?.setting;
  const field = named && $(named === "as" || named === "not" ? "class" : named);
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.setAttribute("aria-describedby", "error");
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  }
}

// attempt runs a request and shows its error.
async function attempt(f) {
  fail(null);
  document.body.setAttribute("aria-busy", String(++busy > 0));
  try {
    return await f();
  } catch (err) {
    fail(err);
    return null;
  } finally {
    document.body.setAttribute("aria-busy", String(--busy > 0));
  }
}

// begun hides the start screen once there is a picture.
function begun() {
  const away = $("intro").contains(document.activeElement) || $("begin").contains(document.activeElement);
  $("intro").classList.add("told");
  $("begin").hidden = true;
  $("figure").hidden = false;
  if (away) $("stage").focus({ preventScroll: true });
  describe();
  mask.fit(picture.width, picture.height);
}

// choose makes the picture in an answer the current one, unless another was chosen meanwhile, and
// writes it to the address, unless it came from there.
async function choose(f, restoring = false) {
  const mine = ++taking;
  const p = await attempt(f);
  if (!p || mine !== taking) return false;
  picture = p;
  if (!restoring) history.replaceState(null, "", `/?${new URLSearchParams({ picture: p.source || p.id })}`);
  begun();
  await original();
  return true;
}

// original shows the unchanged picture, and what the network sees in it.
async function original() {
  if (!picture) return;
  live.leave();
  live.original(picture);
  mask.show(true);
  const mine = ++asked;
  const a = await attempt(() => post("/api/predict", { picture: picture.id, model: $("model").value }));
  if (!a || mine !== asked) return;
  predicted = a;
  rank(a.predictions, a.multilabel);
  say(`${t("stage.top")}: ${$("sees").textContent}${a.multilabel ? "" : `, ${percent(a.predictions[0].prob)}`}`);
}

// watch puts a run on the stage, and scrolls to the stage.
function watch(r) {
  asked++;
  mask.show(false);
  live.watch(r);
  const { top } = $("stage").getBoundingClientRect();
  if (top < 0 || top > innerHeight / 3) $("stage").scrollIntoView({ behavior: still() ? "auto" : "smooth" });
}

// open shows an earlier run with its picture and its settings.
async function open(r) {
  taking++;
  fail(null);
  picture = r.picture;
  begun();
  watch(r);
  const q = new URL(r.url, location).searchParams;
  await settle(q);
  await masked(q.get("mask"));
  mask.show(false);
}

async function masked(id) {
  if (id) await attempt(() => mask.load(id));
}

// takeBack deletes the picture from the lab, and begins anew.
async function takeBack() {
  if (!confirm(t("picture.sure", { name: picture.name }))) return;
  if (await attempt(() => remove(`/api/pictures/${picture.id}`).then(() => true))) location.assign("/");
}

function describe() {
  const p = picture;
  $("pictureinfo").textContent = p ? t("picture.info", { name: p.name, width: p.width, height: p.height, bytes: bytes(p.bytes) }) : "";
  $("takeback").hidden = !p?.own || Boolean(p.source); // drawings are nobody's
}

// rank shows the likeliest classes, or, if labels are on or off by themselves, those that are on.
function rank(predictions, multilabel) {
  const [first] = predictions;
  $("sees").textContent = multilabel ? lit(predictions) : label(first.label);
  $("seesprob").textContent = multilabel ? "" : percent(first.prob);
  $("ranking").tBodies[0].replaceChildren(...ranking(predictions, multilabel));
  for (const [way, key] of Object.entries(multilabel ? { as: "goal.as.label", not: "goal.not.label" } : { as: "goal.as", not: "goal.not" })) {
    const text = document.querySelector(`[name=goal][value=${way}] + span`);
    text.dataset.i18n = key;
    text.textContent = t(key);
  }
  $("ranking").hidden = false;
}

const upload = (file) => choose(() => send(`/api/pictures?name=${encodeURIComponent(file.name || "pasted.png")}`, file));
const draw = (name, seed = Math.floor(Math.random() * 1000)) => choose(() => post("/api/pictures/draw", { class: name, seed, size: 256 }));

function request() {
  const bad = [...$("form").elements].find((field) => field.validity.badInput); // whose value would be ""
  if (bad) throw new Problem({ code: "number", setting: bad.id });
  const q = { picture: picture.id, model: $("model").value, keep: $("keep").checked };
  const wanted = classes.values();
  if (goal() === "as") q.as = wanted.join(", ");
  else q.not = wanted;
  for (const name of settings) {
    const field = $(name), heeded = !field.closest(".setting").hidden, value = field.value.trim();
    if (heeded && value !== "") q[name] = numbers.has(name) ? Number(value) : value;
  }
  const set = parameters.pairs();
  if (set.length) q.set = set;
  if (q.seed !== undefined) {
    if (!/^\d+$/.test(q.seed) || BigInt(q.seed) > BigInt(Number.MAX_SAFE_INTEGER)) throw new Problem({ code: "seed", setting: "seed" });
    q.seed = Number(q.seed);
  }
  return q;
}

async function run() {
  if (starting) return;
  if (!picture) {
    fail({ message: t("picture.none") });
    return;
  }
  starting = true;
  $("run").setAttribute("aria-disabled", "true");
  const r = await attempt(async () => {
    const q = request();
    if (!mask.id) {
      const painted = await mask.png();
      if (painted) mask.id = (await send("/api/pictures?name=mask.png", painted)).id;
    }
    if (mask.id) q.mask = mask.id;
    if (live.on) await post(`/api/runs/${live.run.id}/cancel`).catch(() => {}); // it may have ended by itself
    return post("/api/runs", q);
  });
  starting = false;
  $("run").removeAttribute("aria-disabled");
  if (r) watch(r);
  else mask.id = ""; // it may be gone: what is painted is sent again
}

const chosenAttack = () => catalogue.attacks.find((a) => a.name === $("attack").value);

// declared makes the controls of what the chosen attack declares.
function declared() {
  const attack = chosenAttack();
  options("norm", attack.norms.map((n) => [n, n]));
  parameters.show(attack, attack.settings);
}

// heed shows the settings of the chosen attack, each with its explanation.
function heed() {
  const attack = chosenAttack();
  for (const name of ["steps", "step", "restarts", "loss", "prob"]) {
    $(name).closest(".setting").hidden = !attack.settings.includes(name) || (name === "prob" && goal() !== "as");
  }
  const source = attack.arxiv ? el("a", { href: `https://arxiv.org/abs/${attack.arxiv}`, rel: "noreferrer" }, `arXiv:${attack.arxiv}`) : attack.paper;
  $("attack-about").replaceChildren(attack.about[lang()], " ", source);
  for (const s of catalogue.settings) {
    const note = document.querySelector(`[data-about=${s.name}]`);
    if (note) note.textContent = s.about[lang()];
    if (!s.choices) $(s.name).placeholder = s.default;
  }
  $("eps").placeholder = attack.minimal ? t("attack.nolimit") : catalogue.norms.find((n) => n.name === $("norm").value).eps;
  const step = attack.parameters.find((p) => p.name === "step");
  if (step) {
    $("step").placeholder = step.default[lang()];
    document.querySelector("[data-about=step]").append(preset(step) && ` ${preset(step)}`);
  }
  const m = models.find((x) => x.name === $("model").value);
  $("model-about").textContent = m ? m.title || t("models.kind." + m.kind) : "";
  more();
}

// more lists which of the folded settings are set.
function more() {
  const set = settings.map($).filter((f) => f.closest("details") && !f.closest(".setting").hidden && f.value !== (f.options?.[0].value ?? ""));
  const own = set.map((f) => `${f.labels[0].textContent} ${f.value}`), others = parameters.pairs().map((pair) => pair.replace(/=true$/, "").replace("=", " "));
  $("moreset").textContent = [...own, ...others].join(" · ");
}

function options(id, list) {
  const chosen = $(id).value;
  $(id).replaceChildren(...list.map(([value, text]) => el("option", { value }, text)));
  if (list.some(([value]) => value === chosen)) $(id).value = chosen;
}

function fill() {
  options("model", models.filter((m) => m.present).map((m) => [m.name, m.name]));
  options("sketch", info.sketch_classes.map((c) => [c, label(c)]));
  options("attack", catalogue.attacks.map((a) => [a.name, titled(a)]));
  [...$("cast").children].forEach((e, i) => { e.lastChild.textContent = called(info.sketch_classes[i]); });
}

// settle fills in the form from an address.
async function settle(q) {
  const m = models.find((x) => x.present && x.name === q.get("model"));
  if (m) $("model").value = m.name;
  const put = (name) => {
    const field = $(name);
    field.value = q.get(name) || "";
    if (field.selectedIndex < 0) field.selectedIndex = 0; // the first choice is the default
  };
  put("attack");
  declared();
  settings.filter((name) => name !== "attack").forEach(put);
  parameters.fill(q.getAll("set"));
  const leave = q.getAll("not");
  document.querySelector(`[name=goal][value=${leave.length ? "not" : "as"}]`).checked = true;
  heed();
  await classes.set(...(leave.length ? leave : [q.get("as") || "vulture"]));
}

// restore sets up the page from its address.
async function restore() {
  const q = new URLSearchParams(location.search);
  let gone = null;
  if (q.get("run")) {
    const r = await get(`/api/runs/${encodeURIComponent(q.get("run"))}`).catch((err) => { gone = err; });
    if (r) return open(r);
    live.leave();
  }
  await settle(q);
  const p = q.get("picture");
  if (p) {
    const [kind, name, seed, size] = p.split(":");
    const [width, height] = (name || "").split("x").map(Number);
    const chosen = await choose(() => (kind === "draw" ? post("/api/pictures/draw", { class: name, seed: Number(seed), size: Number(size) })
      : kind === "black" ? post("/api/pictures/black", { width, height }) : get(`/api/pictures/${encodeURIComponent(p)}`)), true);
    if (chosen) await masked(q.get("mask"));
  }
  if (gone) fail(gone);
}

function listen() {
  $("file").addEventListener("change", () => {
    const [file] = $("file").files;
    if (file) upload(file);
    $("file").value = ""; // the same one may be chosen again
  });
  $("well").addEventListener("click", () => $("file").click());
  const over = (on) => document.body.classList.toggle("over", on);
  document.addEventListener("dragover", (e) => {
    if (!carries(e)) return;
    e.preventDefault();
    over(true);
  });
  document.addEventListener("dragleave", (e) => { if (!e.relatedTarget) over(false); });
  document.addEventListener("drop", (e) => {
    over(false);
    if (!carries(e)) return;
    e.preventDefault();
    if (e.dataTransfer.files[0]) upload(e.dataTransfer.files[0]);
  });
  document.addEventListener("paste", (e) => {
    const [file] = e.clipboardData?.files || [];
    if (!file || (e.target.matches?.("input") && e.clipboardData.types.includes("text/plain"))) return;
    e.preventDefault();
    upload(file);
  });
  $("takeback").addEventListener("click", takeBack);
  $("draw").addEventListener("click", () => draw($("sketch").value));
  $("black").addEventListener("click", () => choose(() => post("/api/pictures/black", {})));
  $("model").addEventListener("change", () => {
    classes.forget();
    heed();
    original();
  });
  $("attack").addEventListener("change", declared);
  for (const e of [$("attack"), $("norm"), ...document.querySelectorAll("[name=goal]")]) e.addEventListener("change", heed);
  $("form").addEventListener("input", more);
  $("form").addEventListener("submit", (e) => { e.preventDefault(); run(); });
  $("dismiss").addEventListener("click", () => fail(null));
  $("try").addEventListener("click", async () => {
    await settle(new URLSearchParams({ model: models.some((m) => m.name === "sketchbook") ? "sketchbook" : info.default_model, as: "vulture", step: "0.25/255" }));
    if (await draw("giant panda", 7)) await run();
  });
}

page(async () => {
  [info, catalogue, models] = await Promise.all([get("/api/info"), get("/api/attacks"), get("/api/models")]);
  parameters = new Parameters($("parameters"));
  for (const s of catalogue.settings) if (s.choices) for (const c of s.choices) $(s.name).append(el("option", { value: c }, c));
  $("cast").append(...info.sketch_classes.map((c) => el("button", { type: "button", class: "tile", onclick: () => draw(c, seedOf(c)) },
    el("img", { src: `/api/drawings/${encodeURIComponent(c)}?seed=${seedOf(c)}&size=192`, alt: "", width: "192", height: "192", loading: "lazy" }), el("span"))));
  fill();
  $("model").value = info.default_model;
  classes = combo($("class"), $("classes"), async (text) => {
    const find = (q, limit) => get(`/api/models/${encodeURIComponent($("model").value)}/classes?limit=${limit}&q=${encodeURIComponent(q)}`);
    if (!/[\u4e00-\u9fff]/.test(text)) return find(text, 12);
    const names = english(text), found = await Promise.all(names.map((n) => find(n, 4)));
    return found.flatMap((list, i) => list.filter((c) => c.label === names[i]));
  }, () => goal() === "not");
  mask = new Mask();
  live = new Live({ rank, fail, say, open });
  listen();
  onLanguage(() => {
    fill();
    declared();
    heed();
    describe();
    if (live.run) live.relabel();
    else if (predicted) rank(predicted.predictions, predicted.multilabel);
    live.history();
  });
  await restore();
  await live.history();
});
