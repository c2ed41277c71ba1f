// One attack of the story while it goes on.
import { t } from "/js/i18n.js";
import { post, watch, words as problem } from "/js/api.js";
import { chart } from "/js/story-figures.js";
import { el, percent, levels, label, newest, judged, lost } from "/js/ui.js";

const times = 20;

export class Show {
  constructor(picture, run) {
    Object.assign(this, { picture, run, last: null, stops: [], state: run.state });
    const image = () => el("img", { alt: "" });
    this.before = el("img", { alt: "", src: `/api/pictures/${picture.id}/view.png?side=448` });
    this.change = image();
    this.now = image();
    this.show = { change: newest(this.change), now: newest(this.now) };
    this.captions = [0, 1, 2].map(() => el("figcaption"));
    this.path = el("p", { class: "path" });
    this.curves = el("div", { class: "drawing" });
    this.verdict = el("p", { class: "lead", role: "status" });
    const figure = (img, i) => el("figure", {}, el("div", { class: "frame" }, img), this.captions[i]);
    this.name = el("h3", {}, run.request.model);
    this.box = el("div", { class: "show" }, this.name, el("div", { class: "trio" }, figure(this.before, 0), figure(this.change, 1), figure(this.now, 2)), this.path, this.curves, this.verdict);
    this.ended = new Promise((resolve) => {
      this.source = watch(`/api/runs/${run.id}/events`, {
        state: (e) => { this.state = e.state; this.draw(); },
        steps: (e) => this.steps(e.records),
        curves: (c) => { this.chart = c; this.draw(); },
        result: (r) => { this.run = r; this.state = r.state; this.draw(); resolve(); return true; },
      }, () => { this.verdict.replaceChildren(...lost()); resolve(); });
      this.resolve = resolve;
    });
    this.draw();
  }

  // draw redraws everything in the language of the page.
  draw() {
    if (this.chart) this.curves.replaceChildren(chart(this.chart.wide), chart(this.chart.narrow));
    this.words();
  }

  steps(records) {
    for (const r of records) {
      if (!this.first) this.first = r;
      this.last = r;
      if (this.stops[this.stops.length - 1] !== r.top[0].label) this.stops.push(r.top[0].label);
    }
    const shown = records.filter((r) => r.frame).pop();
    if (shown) {
      const base = `/api/runs/${this.run.id}/steps/${shown.step}`;
      this.show.now(`${base}/picture.png?judged=${shown.file}`);
      this.show.change(`${base}/change.png?times=${times}&judged=${shown.file}`);
    }
    this.words();
  }

  cancel() {
    this.source.close();
    post(`/api/runs/${this.run.id}/cancel`).catch(() => {});
    this.resolve();
  }

  words() {
    const says = (figcaption, title, detail) => {
      figcaption.replaceChildren(el("b", {}, title), el("span", {}, detail));
      figcaption.previousElementSibling.firstChild.alt = title;
    };
    const top = (r) => [label(r.top[0].label), percent(r.top[0].prob)];
    if (this.first) says(this.captions[0], ...top(this.first));
    if (this.last) {
      says(this.captions[1], `${t("stage.change")} × ${times}`, t("story.live.at", { step: this.last.step, change: levels(this.last.linf) }));
      says(this.captions[2], ...top(this.last));
    }
    this.path.replaceChildren(...this.stops.slice(-12).flatMap((s, i) => [i ? el("span", { "aria-hidden": "true" }, " → ") : "", label(s)]));
    const f = this.run.result;
    if (f) {
      this.verdict.className = `lead verdict ${f.success_file ? "yes" : ""}`;
      this.verdict.textContent = judged(f).filter(Boolean).join(" ");
    } else if (this.run.problem) {
      this.verdict.textContent = problem(this.run.problem);
    } else {
      this.verdict.className = "lead";
      this.verdict.textContent = this.state === "queued" ? t("story.queue") : "";
    }
  }
}
