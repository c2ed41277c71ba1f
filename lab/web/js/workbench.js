// The workbench: a picture, a model, a goal, an attack, and what happens.
import { t, lang, onLanguage } from "/js/i18n.js";
import { get, post, send, words } from "/js/api.js";
import { $, el, page, percent, label, bytes } from "/js/ui.js";
import { combo } from "/js/combo.js";
import { Live } from "/js/live.js";
import { Mask } from "/js/mask.js";

const settings = ["attack", "norm", "eps", "steps", "step", "restarts", "loss", "prob", "seed", "at"];
const numbers = new Set(["steps", "restarts", "prob", "seed"]);

let info, catalogue, models, classes, live, mask;
let picture = null; // as the API describes it
let asked = 0; // counts predictions: the newest wins

function fail(err) {
  $("error").textContent = err ? words(err) : "";
  for (const e of document.querySelectorAll("[aria-invalid]")) e.removeAttribute("aria-invalid");
  const field = err && err.setting && $(err.setting === "as" || err.setting === "not" ? "class" : err.setting);
  if (field) {
    field.setAttribute("aria-invalid", "true");
    field.closest("details")?.setAttribute("open", "");
    field.focus();
  }
}

// attempt runs a request and says what went wrong with it.
async function attempt(f) {
  fail(null);
  document.body.setAttribute("aria-busy", "true");
  try {
    return await f();
  } catch (err) {
    fail(err);
    return null;
  } finally {
    document.body.removeAttribute("aria-busy");
  }
}

async function take(p) {
  if (!p) return;
  picture = p;
  live.leave();
  $("intro").hidden = true;
  describe();
  mask.fit(p.width, p.height);
  $("picture").src = `/api/pictures/${p.id}/view.png?side=640`;
  $("picture").alt = p.name;
  $("picture").classList.toggle("pixels", p.width < 300);
  await look();
}

function describe() {
  const p = picture;
  $("pictureinfo").textContent = p ? t("picture.info", { name: p.name, width: p.width, height: p.height, bytes: bytes(p.bytes) }) : "";
}

// look asks the model what it sees.
async function look() {
  if (!picture) return;
  const mine = ++asked;
  const a = await attempt(() => post("/api/predict", { picture: picture.id, model: $("model").value }));
  if (!a || mine !== asked) return;
  rank(a.predictions);
}

function rank(predictions) {
  const [first] = predictions;
  $("sees").textContent = label(first.label);
  $("seesprob").textContent = percent(first.prob);
  const rows = predictions.map((p) => {
    const bar = el("i");
    bar.style.width = `${100 * p.prob}%`;
    return el("tr", {}, el("th", { scope: "row" }, label(p.label)), el("td", {}, el("span", { class: "value" }, percent(p.prob)), " ", el("span", { class: "bar" }, bar)));
  });
  $("ranking").tBodies[0].replaceChildren(...rows);
  $("ranking").hidden = false;
}

const upload = (file) => attempt(() => send(`/api/pictures?name=${encodeURIComponent(file.name || "pasted.png")}`, file)).then(take);
const draw = (name, seed = Math.floor(Math.random() * 1000)) => attempt(() => post("/api/pictures/draw", { class: name, seed, size: 256 })).then(take);

function request() {
  const q = { picture: picture.id, model: $("model").value };
  const goal = document.querySelector("[name=goal]:checked").value;
  const wanted = classes.value();
  if (goal === "as") q.as = wanted;
  else q.not = [wanted];
  for (const name of settings) {
    const field = $(name), heeded = !field.closest(".setting").hidden;
    if (heeded && field.value.trim() !== "") q[name] = numbers.has(name) ? Number(field.value) : field.value.trim();
  }
  return q;
}

async function run() {
  if (!picture) {
    fail({ message: t("picture.none") });
    return;
  }
  const r = await attempt(async () => {
    const q = request(), painted = await mask.png();
    if (painted) q.mask = (await send("/api/pictures?name=mask.png", painted)).id;
    return post("/api/runs", q);
  });
  if (r) live.watch(r);
}

// heed shows the settings that the chosen attack takes, each with its sentence.
function heed() {
  const attack = catalogue.attacks.find((a) => a.name === $("attack").value);
  const toward = document.querySelector("[name=goal]:checked").value === "as";
  for (const name of ["steps", "step", "restarts", "prob"]) {
    $(name).closest(".setting").hidden = !attack.settings.includes(name) || (name === "prob" && !toward);
  }
  $("attack-about").replaceChildren(attack.about[lang()], " ", el("a", { href: `https://arxiv.org/abs/${attack.arxiv}`, rel: "noreferrer" }, `arXiv:${attack.arxiv}`));
  for (const s of catalogue.settings) {
    const note = document.querySelector(`[data-about=${s.name}]`);
    if (note) note.textContent = s.about[lang()];
  }
  $("eps").placeholder = $("norm").value === "l2" ? "2" : "8/255";
}

function fill() {
  const chosen = $("model").value;
  $("model").replaceChildren(...models.filter((m) => m.present).map((m) => el("option", { value: m.name }, m.title ? `${m.name}: ${m.title}` : m.name)));
  $("model").value = chosen || info.default_model;
  const drawing = $("sketch").value;
  $("sketch").replaceChildren(...info.sketch_classes.map((c) => el("option", { value: c }, label(c))));
  if (drawing) $("sketch").value = drawing;
}

// restore sets the page up as its address says.
async function restore() {
  const q = new URLSearchParams(location.search);
  if (q.get("model")) $("model").value = q.get("model");
  for (const name of settings) if (q.get(name)) $(name).value = q.get(name);
  if (q.get("not")) document.querySelector("[value=not]").checked = true;
  classes.set(q.get("as") || q.get("not") || "vulture");
  heed();
  if (q.get("run")) {
    const r = await get(`/api/runs/${q.get("run")}`).catch(() => null);
    if (r) {
      picture = r.picture;
      describe();
      $("intro").hidden = true;
      live.watch(r);
      return;
    }
  }
  const p = q.get("picture");
  if (!p) return;
  const [kind, name, seed, size] = p.split(":");
  if (kind === "draw") await attempt(() => post("/api/pictures/draw", { class: name, seed: Number(seed), size: Number(size) })).then(take);
  else if (kind === "black") {
    const [width, height] = name.split("x").map(Number);
    await attempt(() => post("/api/pictures/black", { width, height })).then(take);
  } else await attempt(() => get(`/api/pictures/${p}`)).then(take);
}

function listen() {
  $("file").addEventListener("change", () => { if ($("file").files[0]) upload($("file").files[0]); });
  for (const name of ["dragover", "dragleave", "drop"]) {
    document.addEventListener(name, (e) => {
      e.preventDefault();
      $("drop").classList.toggle("over", name === "dragover");
      if (name === "drop" && e.dataTransfer.files[0]) upload(e.dataTransfer.files[0]);
    });
  }
  document.addEventListener("paste", (e) => {
    const file = [...(e.clipboardData?.files || [])][0];
    if (file) upload(file);
  });
  $("draw").addEventListener("click", () => draw($("sketch").value));
  $("black").addEventListener("click", () => attempt(() => post("/api/pictures/black", {})).then(take));
  $("model").addEventListener("change", () => { live.leave(); look(); });
  $("attack").addEventListener("change", heed);
  $("norm").addEventListener("change", heed);
  for (const e of document.querySelectorAll("[name=goal]")) e.addEventListener("change", heed);
  $("form").addEventListener("submit", (e) => { e.preventDefault(); run(); });
  $("try").addEventListener("click", async () => {
    $("model").value = models.some((m) => m.name === "sketchbook") ? "sketchbook" : info.default_model;
    $("step").value = "0.25/255";
    classes.set("vulture");
    await draw("giant panda", 7);
    await run();
  });
}

page(async () => {
  [info, catalogue, models] = await Promise.all([get("/api/info"), get("/api/attacks"), get("/api/models")]);
  for (const a of catalogue.attacks) $("attack").append(el("option", { value: a.name }, a.title));
  for (const s of catalogue.settings) if (s.choices) for (const c of s.choices) $(s.name).append(el("option", { value: c }, c));
  fill();
  classes = combo($("class"), $("classes"), (words) => get(`/api/models/${encodeURIComponent($("model").value)}/classes?limit=12&q=${encodeURIComponent(words)}`));
  mask = new Mask();
  live = new Live({ rank, fail });
  listen();
  heed();
  onLanguage(() => {
    fill();
    heed();
    describe();
    live.run ? live.relabel() : look();
    live.history();
  });
  await restore();
  await live.history();
});
