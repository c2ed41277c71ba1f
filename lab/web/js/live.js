// A run on the stage: its pictures, curves and path while it goes on, its result, and earlier
// runs.
import { t } from "/js/i18n.js";
import { get, post, send, watch, words } from "/js/api.js";
import { $, el, svg, percent, levels, label, newest, copyable, judged, switched, onOff, lost } from "/js/ui.js";

const chartTexts = { "What the network believes": "chart.what", fooled: "chart.fooled", step: "chart.step" };
export const final = new Set(["done", "cancelled", "failed", "interrupted"]);

// named returns a title for a run: its picture and its goal.
const named = (r) => r.result.multilabel ? switched(r.result) : `${label(r.result.before?.[0]?.label || r.picture.name)} → ${label(r.result.top[0].label)}`;

export class Live {
  // rank shows predictions, fail a problem; say announces a sentence to screen readers; open shows
  // an earlier run with its picture and settings.
  constructor({ rank, fail, say, open }) {
    Object.assign(this, { rank, fail, say, open, run: null, source: null, records: [], frames: [], following: true, chosen: [], comparing: 0 });
    this.seen = new Map(); // what a model makes of the result of a run
    this.show = { picture: newest($("picture")), change: newest($("change")), gradient: newest($("gradient")) };
    $("pause").addEventListener("click", () => this.command(this.state === "paused" ? "resume" : "pause"));
    $("cancel").addEventListener("click", () => this.command("cancel"));
    $("keep").addEventListener("change", () => {
      if (!this.on || !$("keep").checked) return;
      $("keep").disabled = true; // a run that is kept stays so
      this.command("keep");
    });
    $("rewind").addEventListener("input", () => {
      this.following = Number($("rewind").value) === this.frames.length - 1;
      this.draw();
    });
    $("times").addEventListener("input", () => {
      $("timesout").textContent = $("times").value;
      if (this.run) this.draw();
    });
  }

  // on reports whether the watched run has not ended.
  get on() { return this.run !== null && !final.has(this.state); }

  // original shows a picture before it is attacked.
  original(p, width = p.width, height = p.height) {
    this.show.picture.cancel();
    this.show.picture(`/api/pictures/${p.id}/view.png?side=640`);
    $("picture").alt = p.name;
    $("stage").style.setProperty("--ratio", width / height);
    $("stage").classList.toggle("tiny", Math.max(width, height) < 128);
  }

  // watch puts a run on the stage and stops watching another one.
  watch(run) {
    this.source?.close();
    Object.assign(this, { run, records: [], frames: [], curves: null, state: run.state, position: run.position, following: true });
    const address = new URL(location);
    address.searchParams.set("run", run.id);
    history.replaceState(null, "", address);
    this.original(run.picture, run.width, run.height);
    for (const name of ["change", "gradient"]) {
      this.show[name].cancel();
      $(name).removeAttribute("src");
    }
    this.stage(true);
    for (const id of ["curves", "path", "rewindout"]) $(id).replaceChildren();
    Object.assign($("rewind"), { max: 0, value: 0 });
    $("keep").checked = Boolean(run.request.keep);
    this.source = watch(`/api/runs/${run.id}/events`, {
      state: (e) => { this.state = e.state; this.position = e.position; this.relabel(); },
      steps: (e) => this.step(e.records),
      curves: (e) => this.chart(e),
      result: (r) => { this.finish(r); return true; },
    }, () => $("state").replaceChildren(...lost()));
    this.relabel();
  }

  // leave clears the stage.
  leave() {
    this.source?.close();
    this.run = null;
    $("keep").disabled = false;
    const address = new URL(location);
    address.searchParams.delete("run");
    history.replaceState(null, "", address);
    for (const show of Object.values(this.show)) show.cancel();
    this.stage(false);
  }

  // stage makes room for the views of a run.
  stage(on) {
    $("stage").classList.toggle("on", on);
    for (const id of ["changefigure", "gradientfigure", "transport", "course"]) $(id).hidden = !on;
    $("result").hidden = $("again").hidden = true;
  }

  command(verb) {
    post(`/api/runs/${this.run.id}/${verb}`).catch(this.fail);
  }

  step(records) {
    for (const r of records) {
      const last = this.records[this.records.length - 1];
      if (last && last.step === r.step) this.records[this.records.length - 1] = r; // judged again, rounded
      else this.records.push(r);
    }
    this.frames = this.records.filter((r) => r.frame);
    $("rewind").max = Math.max(0, this.frames.length - 1);
    if (this.following) $("rewind").value = $("rewind").max;
    this.draw();
    this.paths();
  }

  // draw shows the step that the slider is at.
  draw() {
    const r = this.frames[Number($("rewind").value)];
    if (!r) return;
    const base = `/api/runs/${this.run.id}/steps/${r.step}`;
    const again = final.has(this.state) ? "" : `?judged=${r.file}`; // a step may be judged twice
    this.show.picture(`${base}/picture.png${again}`, () => this.thinned(r));
    this.show.change(`${base}/change.png?times=${$("times").value}${again.replace("?", "&")}`);
    this.show.gradient(`${base}/gradient.png${again}`);
    this.rank(r.top, this.run.goal.multilabel);
    $("rewindout").textContent = t("run.at", { step: r.step, change: levels(r.linf) });
    $("rewind").setAttribute("aria-valuetext", $("rewindout").textContent);
  }

  // thinned shows the step nearest to one whose pictures are no longer kept.
  thinned(r) {
    r.frame = false;
    this.frames = this.records.filter((f) => f.frame);
    if (!this.frames.length) return;
    const away = (f) => Math.abs(f.step - r.step);
    const nearest = this.frames.reduce((a, b) => (away(b) < away(a) ? b : a));
    $("rewind").max = this.frames.length - 1;
    $("rewind").value = this.following ? this.frames.length - 1 : this.frames.indexOf(nearest);
    this.draw();
  }

  paths() {
    const stops = [];
    $("path").hidden = Boolean(this.run.goal.multilabel); // no label takes over from another
    for (const r of this.records) {
      if (!stops.length || stops[stops.length - 1] !== r.top[0].label) stops.push(r.top[0].label);
    }
    const most = 12;
    const shown = stops.length > most ? ["…", ...stops.slice(-most)] : stops;
    $("path").replaceChildren(...shown.flatMap((s, i) => [i ? el("span", { "aria-hidden": "true" }, " → ") : "", el("span", { class: "stop" }, label(s))]));
  }

  chart(c) {
    this.curves = c;
    $("curves").replaceChildren(...(c ? [svg(c.wide), svg(c.narrow)] : []));
    for (const e of $("curves").querySelectorAll("text")) { // the server writes English
      const key = chartTexts[e.textContent];
      if (key) e.textContent = t(key);
    }
    for (const e of $("curves").children) e.setAttribute("aria-label", `${t("chart.what")}: ${$("path").textContent}`);
  }

  relabel() {
    if (!this.run) return;
    const over = !this.on;
    $("pause").textContent = t(this.state === "paused" ? "run.resume" : "run.pause");
    $("pause").disabled = over || this.state === "queued" && !this.records.length; // one that was resumed may wait for its place
    $("cancel").disabled = over;
    $("keep").disabled = !over && $("keep").checked;
    $("state").textContent = t(this.state === "queued" && !this.position ? "state.next" : "state." + this.state, { position: this.position });
    this.draw();
    this.paths();
    this.chart(this.curves);
    if (this.run.result || this.run.problem) this.card();
  }

  finish(run) {
    const news = !final.has(this.run.state);
    this.run = run;
    this.state = run.state;
    const kept = new Set(run.frames);
    for (const r of this.records) r.frame = kept.has(r.step);
    this.step([]);
    this.relabel();
    if (news) this.say($("verdict")?.textContent || $("state").textContent);
    this.history();
  }

  // card shows the result of a run.
  card() {
    const { result: f, problem, id, mask, picture } = this.run;
    const card = $("result");
    card.hidden = false;
    $("again").hidden = false;
    if (!f) {
      card.replaceChildren(el("h2", { id: "verdict", class: "verdict" }, words(problem)));
      return;
    }
    const top = f.top[0], switchable = (prob) => `${onOff(prob)} ${percent(prob)}`;
    const [verdict, note] = judged(f);
    const fact = (key, value) => el("div", {}, el("dt", {}, t(key)), el("dd", {}, value));
    const link = (file, key, download) => el("a", { class: "button", href: `/api/runs/${id}/${file}`, ...(download ? { download } : { target: "_blank" }) }, t(key));
    const url = new URL(this.run.url, location).href;
    const open = card.querySelector("details")?.open;
    const same = el("details", {}, el("summary", {}, t("result.same")),
      el("h3", {}, t("result.command")), copyable(this.run.command, t("result.command")),
      el("h3", {}, t("result.url")), copyable(url, t("result.url")));
    same.open = Boolean(open);
    card.replaceChildren(
      el("h2", { id: "verdict", class: `verdict ${f.success_file ? "yes" : ""}` }, verdict),
      ...(note ? [el("p", { id: "gradient-note" }, note)] : []),
      ...(f.gray ? [el("p", { id: "gray-note" }, t("result.gray"))] : []),
      el("dl", { class: "facts" },
        fact("result.before", f.multilabel ? switchable(f.prob_before) : f.before?.length ? `${label(f.before[0].label)} ${percent(f.before[0].prob)}` : ""),
        fact("result.after", f.multilabel ? switchable(f.prob_file) : `${label(top.label)} ${percent(top.prob)}`),
        fact("result.linf", levels(f.linf)), fact("result.l2", f.l2.toPrecision(3)), fact("result.l0", String(f.l0)),
        fact("result.steps", String(f.steps)), fact("result.queries", String(f.queries)), fact("result.time", `${f.seconds.toFixed(2)} s`)),
      el("p", { class: "row" }, link("result.png", "result.png", f.output), link("curves.svg", "result.svg", "curves.svg"), ...(f.multilabel ? [] : [link("path.svg", "result.path", "path.svg")]), link("report.html", "result.report"),
        ...(mask ? [el("a", { class: "button", href: `/api/pictures/${mask.id}/file`, download: mask.name === picture.name ? `mask-${mask.name}` : mask.name }, t("result.mask"))] : [])),
      same);
  }

  // history lists the runs of this client; two of them can be compared side by side.
  async history() {
    const runs = (await get("/api/runs").catch(() => [])).filter((r) => r.result).slice(0, 12);
    $("history").hidden = runs.length === 0;
    $("runs").replaceChildren(...runs.map((r) => {
      const name = named(r);
      const open = el("button", { type: "button", class: "tile" }, el("img", { src: r.result.png, alt: "", loading: "lazy" }), el("b", {}, name), el("small", {}, `${r.request.model}, ${r.request.attack}, ${levels(r.result.linf)}`));
      open.addEventListener("click", () => this.open(r));
      const pick = el("label", {}, el("input", { type: "checkbox", value: r.id, "aria-label": `${t("history.compare")}: ${name}, ${r.request.model}` }), ` ${t("history.compare")}`);
      pick.firstChild.checked = this.chosen.includes(r.id);
      pick.addEventListener("change", (e) => {
        this.chosen = this.chosen.filter((id) => id !== r.id);
        if (e.target.checked) this.chosen = [...this.chosen, r.id].slice(-2);
        for (const box of $("runs").querySelectorAll("input")) box.checked = this.chosen.includes(box.value);
        this.compare(runs);
      });
      return el("div", {}, open, pick);
    }));
    this.compare(runs);
  }

  // ask finds out, only once, what a model sees in the result of a run.
  async ask(r, model) {
    const says = (p) => `${label(p.label)} ${percent(p.prob)}`;
    if (model === r.request.model) return says(r.result.top[0]);
    const key = `${r.id} ${model}`;
    if (!this.seen.has(key)) {
      const file = await fetch(r.result.png).then((reply) => reply.blob());
      const stored = await send(`/api/pictures?name=${encodeURIComponent(r.result.output)}`, file);
      this.seen.set(key, (await post("/api/predict", { picture: stored.id, model, top: 1 })).predictions[0]);
    }
    return says(this.seen.get(key));
  }

  // compare shows two results side by side, with what each of the two models sees in each of them.
  async compare(runs) {
    const mine = ++this.comparing;
    const two = runs.filter((r) => this.chosen.includes(r.id));
    const box = $("compare");
    box.hidden = two.length < 2;
    if (two.length < 2) return;
    const models = [...new Set(two.map((r) => r.request.model))];
    const row = (key, value) => el("tr", {}, el("th", { scope: "row" }, t(key)), ...two.map((r) => el("td", {}, value(r))));
    const seen = await Promise.all(models.map((m) => Promise.all(two.map((r) => this.ask(r, m).catch(() => "–")))));
    if (mine !== this.comparing) return;
    box.replaceChildren(el("div", { class: "scroll" }, el("table", { class: "versus" }, el("caption", {}, t("compare.title")),
      el("thead", {}, el("tr", {}, el("td"), ...two.map((r) => el("th", { scope: "col" }, el("img", { src: r.result.png, alt: "" }), named(r))))),
      el("tbody", {},
        row("compare.attack", (r) => `${r.request.model}, ${r.request.attack}, ${r.request.norm}`),
        row("result.after", (r) => `${label(r.result.top[0].label)} ${percent(r.result.top[0].prob)}`),
        row("result.linf", (r) => levels(r.result.linf)), row("result.l2", (r) => r.result.l2.toPrecision(3)), row("result.steps", (r) => String(r.result.steps)),
        ...models.map((m, i) => el("tr", {}, el("th", { scope: "row" }, t("compare.sees", { model: m })), ...seen[i].map((s) => el("td", {}, s))))))));
  }
}
