// What an experiment shows: pictures, curves, rankings, and its table of figures.
import { t, has, lang } from "/js/i18n.js";
import { el, svg, percent, label, ranking as rows } from "/js/ui.js";

const word = (key, otherwise, values) => (has(key) ? t(key, values) : otherwise);

// colours gives the line of a class the first colour, which is the goal's wherever an attack is
// shown, and the other lines the next ones.
function colours(text, at) {
  return text.replace(/var\(--line(\d)\)/g, (_, i) => `var(--line${Number(i) === at ? 0 : Number(i) < at ? Number(i) + 1 : i})`);
}

// chart returns the server's drawing with its words in the language of the page.
export function chart(text, caption = "", goal = -1) {
  const e = svg(goal > 0 ? colours(text, goal) : text);
  for (const w of e.querySelectorAll("text")) {
    const key = "story.svg." + w.textContent.trim();
    if (has(key)) w.textContent = t(key);
  }
  const says = (e.getAttribute("aria-label") || "").replace(/^[^:]*:\s*/, "");
  e.setAttribute("aria-label", [caption || t("chart.what"), ...(lang() === "en" ? [says] : [])].filter(Boolean).join(": "));
  return e;
}

// counted are the rows whose percentages are shares of drawings, so that 100 % is possible.
const counted = /^(hardened|templates|paper)\./;

// figure keeps a number and its percent sign on one line, and never rounds a probability up to 100 %.
function figure(text, id = "") {
  const kept = text.replace(/(\d) %/g, "$1\u00a0%");
  return counted.test(id) ? kept : kept.replace(/\b100\.00\b/g, ">\u00a099.99");
}

function picture(p, f) {
  const key = p.id === "change" && f.id === "linear-fooled" ? "story.tile.linearchange" : `story.tile.${p.id}`;
  const title = p.id ? word(key, p.title) : label(p.title);
  return el("figure", {}, el("div", { class: "frame" }, el("img", { src: p.image, alt: `${title} ${p.detail || ""}`.trim(), ...(p.width <= 128 ? { class: "pixels" } : {}) })),
    el("figcaption", {}, el("b", {}, title), p.detail && !f.small ? el("span", {}, word(`story.detail.${p.id}`, figure(p.detail))) : ""));
}

function ranking(r, title) {
  return el("table", { class: "ranking" }, el("caption", {}, title), el("tbody", {}, ...rows(r.predictions)));
}

// reader is a slider along the lines of a chart that compares the first with all others.
function reader(lines) {
  const [first, ...others] = lines;
  const slider = el("input", { type: "range", min: "0", max: String(first.x.length - 1), value: "3", "aria-label": t("story.sign.read") });
  const out = el("output", { "aria-live": "off" });
  const read = () => {
    const i = Number(slider.value), ys = others.map((l) => l.y[i]);
    out.textContent = t("story.sign.values", { levels: first.x[i], sign: percent(first.y[i]), low: percent(Math.min(...ys)), high: percent(Math.max(...ys)) });
    slider.setAttribute("aria-valuetext", out.textContent);
  };
  slider.addEventListener("input", read);
  read();
  return el("p", { class: "reader" }, slider, out);
}

// figures makes the elements of a result's figures. goal is the goal class of the chapter's
// attack.
export function figures(r, goal) {
  // If the article's steps are too small for the network, the curves show larger ones.
  const larger = r.rows.find((row) => row.id === "ten-steps.larger")?.measured?.match(/^[\d.]+/)?.[0];
  return r.figures.map((f) => {
    const caption = f.id === "curves" && larger ? t("story.fig.curves.sized", { levels: larger }) : word(`story.fig.${f.id}`, "");
    const names = f.lines ? f.lines.map((l) => l.name) : [...new Set((f.wide || "").match(/aria-label="([^"]*)"/)?.[1].split(", ").map((s) => s.split(" from step ")[0]))];
    const at = names.indexOf(goal);
    const parts = [];
    if (f.pictures) parts.push(el("div", { class: `trio ${f.small ? (f.pictures.length > 4 ? "many" : "many four") : f.pictures.length === 1 ? "one" : ""}` }, ...f.pictures.map((p) => picture(p, f))));
    if (f.wide) parts.push(el("div", { class: "drawing" }, chart(f.wide, caption, at), chart(f.narrow, caption, at)));
    if (f.id === "sign") parts.push(reader(f.lines));
    if (f.rankings) parts.push(el("div", { class: "columns" }, ...f.rankings.map((x, i) => ranking(x, word(`story.ranking.${f.id}.${i}`, label(x.title))))));
    if (f.listing) parts.push(el("p", { class: "note" }, t("story.listing")), el("pre", { tabindex: "0" }, f.listing.split("\n").slice(1).join("\n")));
    return el("div", { class: f.pictures && f.rankings && f.pictures.length < 3 ? "exhibit beside" : "exhibit" }, ...(caption && !(f.pictures && !f.small && f.id !== "linear-fooled") ? [el("h3", {}, caption)] : []), ...parts);
  });
}

// drawing says what was drawn, if the name is that of a drawing.
function drawing(name) {
  const [kind, what, seed] = name.split(":");
  return kind === "draw" ? t("story.drawing", { what: label(what), seed }) : name;
}

// note returns a row's note in the language of the page.
function note(row, result) {
  const values = { ...(row.values || []).map(drawing) };
  if (row.verdict === "skipped") return t("story.note.skipped", { model: result?.model || "" });
  if (row.note === "another network") return t("story.note.other");
  const key = `story.note.${row.id}`;
  if (has(key)) return t(key, values);
  if (row.values?.length === 1) return t(/^[0-9.]+$/.test(row.values[0]) ? "story.note.tolerance" : "story.note.file", values);
  return "";
}

// named is the name of a row; if rows differ only in the size of their steps, it includes the size.
function named(row) {
  const sized = `story.sized.${row.id}`;
  return has(sized) && row.values?.length > 1 ? t(sized, { levels: row.values[1] }) : word(`story.row.${row.id}`, row.name);
}

// table sets published and measured figures side by side.
export function table(rows, result, here) {
  const heads = [t("story.figure"), t("story.published"), here, t("story.verdict")];
  const cell = (i, ...children) => el("td", { "data-head": heads[i] }, ...children);
  return el("table", { class: "compare" },
    el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))),
    el("tbody", {}, ...rows.map((row) => {
      const verdict = row.verdict && row.verdict.replaceAll(" ", "-");
      const says = row.verdict ? note(row, result) : "";
      return el("tr", {}, el("th", { scope: "row" }, named(row)),
        cell(1, word(`story.published.${row.id}`, figure(row.published || "–", row.id))), cell(2, row.measured ? figure(row.measured, row.id) : row.verdict ? "–" : ""),
        cell(3, ...(verdict ? [el("span", { class: `v-${verdict}` }, t(`story.verdict.${verdict}`))] : []), ...(says ? [el("small", {}, says)] : [])));
    })));
}
