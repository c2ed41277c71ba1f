// A run on the stage: pictures, curves and path while it goes on, its result, and the runs
// there were before.
import { t } from "/js/i18n.js";
import { get, post, watch, words } from "/js/api.js";
import { $, el, svg, percent, levels, label, newest } from "/js/ui.js";

const chartTexts = new Set(["What the network believes", "fooled", "step"]);
const final = new Set(["done", "cancelled", "failed", "interrupted"]);

export class Live {
  constructor({ rank, fail }) {
    Object.assign(this, { rank, fail, run: null, source: null, records: [], following: true });
    this.show = { picture: newest($("picture")), change: newest($("change")), gradient: newest($("gradient")) };
    this.chosen = [];
    $("pause").addEventListener("click", () => this.command(this.state === "paused" ? "resume" : "pause"));
    $("cancel").addEventListener("click", () => this.command("cancel"));
    $("rewind").addEventListener("input", () => {
      this.following = Number($("rewind").value) === this.frames.length - 1;
      this.draw();
    });
    $("times").addEventListener("input", () => {
      $("timesout").textContent = $("times").value;
      if (this.run) this.draw();
    });
  }

  // watch puts a run on the stage; one that was there before is left alone.
  watch(run) {
    this.source?.close();
    Object.assign(this, { run, records: [], frames: [], curves: null, state: run.state, following: true });
    const address = new URL(location);
    address.searchParams.set("run", run.id);
    history.replaceState(null, "", address);
    for (const id of ["live", "changefigure", "gradientfigure"]) $(id).hidden = false;
    $("result").hidden = true;
    $("curves").replaceChildren();
    $("path").replaceChildren();
    this.source = watch(`/api/runs/${run.id}/events`, {
      state: (e) => { this.state = e.state; this.position = e.position; this.relabel(); },
      steps: (e) => this.step(e.records),
      curves: (e) => this.chart(e),
      result: (r) => { this.finish(r); return true; },
    });
    this.relabel();
  }

  // leave clears the stage.
  leave() {
    this.source?.close();
    this.run = null;
    const address = new URL(location);
    address.searchParams.delete("run");
    history.replaceState(null, "", address);
    for (const id of ["live", "changefigure", "gradientfigure", "result"]) $(id).hidden = true;
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
    this.show.picture(`${base}/picture.png${again}`);
    this.show.change(`${base}/change.png?times=${$("times").value}${again.replace("?", "&")}`);
    this.show.gradient(`${base}/gradient.png${again}`);
    this.rank(r.top);
    $("rewindout").textContent = t("run.at", { step: r.step, change: levels(r.linf) });
  }

  paths() {
    const stops = [];
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
      if (chartTexts.has(e.textContent)) e.textContent = t("chart." + e.textContent.split(" ")[0].toLowerCase());
    }
  }

  relabel() {
    if (!this.run) return;
    const over = final.has(this.state);
    $("pause").textContent = t(this.state === "paused" ? "run.resume" : "run.pause");
    $("pause").disabled = over || this.state === "queued";
    $("cancel").disabled = over;
    $("state").textContent = t("state." + this.state, { position: this.position || 0 });
    this.draw();
    this.paths();
    this.chart(this.curves);
    if (this.run.result || this.run.problem) this.card();
  }

  finish(run) {
    this.run = run;
    this.state = run.state;
    const kept = new Set(run.frames);
    for (const r of this.records) r.frame = kept.has(r.step);
    this.step([]);
    this.relabel();
    this.history();
  }

  // card says what came of a run.
  card() {
    const { result: f, problem, id } = this.run;
    const card = $("result");
    card.hidden = false;
    if (!f) {
      card.replaceChildren(el("h2", { id: "verdict", class: "verdict" }, words(problem)));
      return;
    }
    const top = f.top[0];
    const verdict = t(f.success_file ? "result.fooled" : f.success_float ? "result.floatonly" : "result.notfooled", { label: label(top.label), prob: percent(top.prob) });
    const fact = (key, value) => el("div", {}, el("dt", {}, t(key)), el("dd", {}, value));
    const link = (file, key, download) => el("a", { class: "button", href: `/api/runs/${id}/${file}`, ...(download ? { download } : { target: "_blank" }) }, t(key));
    const copy = (text) => {
      const b = el("button", { type: "button" }, t("result.copy"));
      b.addEventListener("click", async () => {
        await navigator.clipboard.writeText(text);
        b.textContent = t("result.copied");
      });
      return b;
    };
    const url = new URL(this.run.url, location).href;
    card.replaceChildren(
      el("h2", { id: "verdict", class: `verdict ${f.success_file ? "yes" : ""}` }, verdict),
      el("dl", { class: "facts" },
        fact("result.before", f.before?.length ? `${label(f.before[0].label)} ${percent(f.before[0].prob)}` : ""),
        fact("result.after", `${label(top.label)} ${percent(top.prob)}`),
        fact("result.linf", levels(f.linf)), fact("result.l2", f.l2.toPrecision(3)), fact("result.l0", String(f.l0)),
        fact("result.steps", String(f.steps)), fact("result.queries", String(f.queries)), fact("result.time", `${f.seconds.toFixed(2)} s`)),
      el("p", { class: "row" }, link("result.png", "result.png", f.output), link("curves.svg", "result.svg", "curves.svg"), link("path.svg", "result.path", "path.svg"), link("report.html", "result.report")),
      el("h3", {}, t("result.command")), el("div", { class: "copy" }, el("pre", { tabindex: "0" }, this.run.command), copy(this.run.command)),
      el("h3", {}, t("result.url")), el("div", { class: "copy" }, el("pre", { tabindex: "0" }, url), copy(url)));
  }

  // history lists the runs of this client; two of them can be set side by side.
  async history() {
    const runs = (await get("/api/runs").catch(() => [])).filter((r) => r.result).slice(0, 12);
    $("history").hidden = runs.length === 0;
    $("runs").replaceChildren(...runs.map((r) => {
      const name = `${label(r.result.before?.[0]?.label || r.picture.name)} → ${label(r.result.top[0].label)}`;
      const open = el("button", { type: "button", class: "tile" }, el("img", { src: r.result.png, alt: "", loading: "lazy" }), el("b", {}, name), el("small", {}, `${r.request.model}, ${r.request.attack}, ${levels(r.result.linf)}`));
      open.addEventListener("click", () => { this.watch(r); $("stage").scrollIntoView(); });
      const pick = el("label", {}, el("input", { type: "checkbox", value: r.id }), ` ${t("history.compare")}`);
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

  // compare sets two results side by side, and asks every model of the two what it makes of each.
  async compare(runs) {
    const two = runs.filter((r) => this.chosen.includes(r.id));
    const box = $("compare");
    box.hidden = two.length < 2;
    if (two.length < 2) return;
    const models = [...new Set(two.map((r) => r.request.model))];
    const ask = async (r, model) => {
      const picture = await fetch(r.result.png).then((reply) => reply.blob());
      const stored = await fetch(`/api/pictures?name=${encodeURIComponent(r.result.output)}`, { method: "POST", body: picture, headers: { "Content-Type": "application/octet-stream" } }).then((reply) => reply.json());
      const a = await post("/api/predict", { picture: stored.id, model, top: 1 });
      return `${label(a.predictions[0].label)} ${percent(a.predictions[0].prob)}`;
    };
    const row = (key, value) => el("tr", {}, el("th", { scope: "row" }, t(key)), ...two.map((r) => el("td", {}, value(r))));
    const seen = await Promise.all(models.map((m) => Promise.all(two.map((r) => ask(r, m).catch(() => "–")))));
    box.replaceChildren(el("div", { class: "scroll" }, el("table", { class: "versus" }, el("caption", {}, t("compare.title")),
      el("tbody", {},
        el("tr", {}, el("th"), ...two.map((r) => el("td", {}, el("img", { src: r.result.png, alt: "" })))),
        row("compare.attack", (r) => `${r.request.model}, ${r.request.attack}, ${r.request.norm}`),
        row("result.after", (r) => `${label(r.result.top[0].label)} ${percent(r.result.top[0].prob)}`),
        row("result.linf", (r) => levels(r.result.linf)), row("result.l2", (r) => r.result.l2.toPrecision(3)), row("result.steps", (r) => String(r.result.steps)),
        ...models.map((m, i) => el("tr", {}, el("th", { scope: "row" }, t("compare.sees", { model: m })), ...seen[i].map((s) => el("td", {}, s))))))));
  }
}
