// Logistic regression on ten numbers, with weights that can be dragged.
import { t } from "/js/i18n.js";
import { el, percent } from "/js/ui.js";

const ns = "http://www.w3.org/2000/svg";
const sigmoid = (s) => 1 / (1 + Math.exp(-s));

function shape(tag, attributes, ...children) {
  const e = document.createElementNS(ns, tag);
  for (const [k, v] of Object.entries(attributes)) e.setAttribute(k, v);
  e.append(...children);
  return e;
}

const width = 640, height = 260, reach = 12; // of the graph, and the largest score on it
const x = (s) => width * (0.5 + Math.max(-reach, Math.min(reach, s)) / (2 * reach));
const y = (p) => 24 + (height - 48) * (1 - p);

export class Sums {
  // example has the numbers and their weights.
  constructor(box, example) {
    Object.assign(this, { box, example });
    this.weights = example.weights.map((w, i) => {
      const slider = el("input", { type: "range", min: "-3", max: "3", step: "0.1", value: String(w), class: "upright" });
      slider.addEventListener("input", () => this.sum());
      const out = el("output", { "aria-live": "off" });
      return { slider, out, number: el("span", { class: "datum" }, "") };
    });
    this.nudge = el("input", { type: "range", min: "0", max: "1", step: "0.05", value: "0", id: "nudge" });
    this.nudge.addEventListener("input", () => this.sum());
    this.amount = el("output", { for: "nudge", "aria-live": "off" });
    this.reset = el("button", { type: "button", onclick: () => { this.weights.forEach((w, i) => { w.slider.value = example.weights[i]; }); this.nudge.value = 0; this.sum(); } });
    const points = [];
    for (let i = 0; i <= 120; i++) {
      const s = reach * (i / 60 - 1);
      points.push(`${x(s).toFixed(1)},${y(sigmoid(s)).toFixed(1)}`);
    }
    this.dot = shape("circle", { r: 8, class: "dot" });
    this.stem = shape("line", { class: "stem", y2: y(0) });
    this.graph = shape("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", class: "sigmoid" },
      shape("line", { class: "axis", x1: 0, x2: width, y1: y(0), y2: y(0) }), shape("line", { class: "axis", x1: 0, x2: width, y1: y(0.5), y2: y(0.5) }),
      shape("line", { class: "axis", x1: 0, x2: width, y1: y(1), y2: y(1) }),
      ...[-8, -4, 0, 4, 8].map((s) => shape("text", { x: x(s), y: height - 6, "text-anchor": "middle" }, String(s).replace("-", "−"))),
      ...[[1, "100\u00a0%"], [0.5, "50\u00a0%"], [0, "0\u00a0%"]].map(([p, s]) => shape("text", { x: 2, y: y(p) - 4 }, s)),
      shape("polyline", { class: "curve", points: points.join(" ") }), this.stem, this.dot);
    this.score = el("b");
    this.prob = el("span");
    this.legend = [el("span", {}), el("span", {})];
    this.label = el("label", { for: "nudge" });
    box.className = "sums";
    box.append(
      el("div", { class: "desk" }, el("div", { class: "legend", "aria-hidden": "true" }, this.legend[0], el("span"), this.legend[1]),
        ...this.weights.map((w) => el("div", { class: "column" }, w.number, w.slider, w.out))),
      el("p", { class: "reader" }, this.label, this.nudge, this.amount, this.reset),
      el("p", { class: "sum", role: "status" }, this.score, this.prob), this.graph);
    this.sum();
  }

  sum() {
    const by = Number(this.nudge.value);
    let score = 0;
    this.weights.forEach((w, i) => {
      const weight = Number(w.slider.value), number = this.example.numbers[i] + by * Math.sign(weight);
      score += weight * number;
      w.number.textContent = String(+number.toFixed(2)).replace("-", "−");
      w.out.textContent = weight.toFixed(1).replace("-", "−");
      w.out.classList.toggle("minus", weight < 0);
    });
    this.value = score;
    this.dot.setAttribute("cx", x(score));
    this.dot.setAttribute("cy", y(sigmoid(score)));
    for (const k of ["x1", "x2"]) this.stem.setAttribute(k, x(score));
    this.stem.setAttribute("y1", y(sigmoid(score)));
    this.amount.textContent = by.toFixed(2);
    this.words();
  }

  words() {
    const score = this.value.toFixed(1).replace("-", "−"), prob = percent(sigmoid(this.value));
    this.score.textContent = t("story.logistic.score", { score });
    this.prob.textContent = t("story.logistic.prob", { prob });
    this.graph.setAttribute("aria-label", t("story.logistic.graph", { score, prob }));
  }

  // draw redraws the words in the language of the page.
  draw() {
    this.legend[0].textContent = t("story.logistic.numbers");
    this.legend[1].textContent = t("story.logistic.weights");
    this.label.textContent = t("story.logistic.nudge");
    this.reset.textContent = t("story.logistic.reset");
    this.weights.forEach((w, i) => w.slider.setAttribute("aria-label", t("story.logistic.weight", { i: i + 1, x: this.example.numbers[i] })));
    this.words();
  }
}
