// The API for people, made from its description for machines.
import { t, has, onLanguage } from "/js/i18n.js";
import { get } from "/js/api.js";
import { $, el, page } from "/js/ui.js";

let doc;

const follow = (s) => (s && s.$ref ? doc.components.schemas[s.$ref.split("/").pop()] : s);

function fields(schema) {
  const s = follow(schema);
  if (!s?.properties) return "";
  const kind = (p) => (p.enum ? p.enum.join(" | ") : [p.type].flat().filter((x) => x && x !== "null").join(" ") || follow(p)?.type || "");
  return el("table", { class: "settings" }, el("tbody", {}, ...Object.entries(s.properties).map(([name, p]) => el("tr", {}, el("th", { scope: "row" }, name, el("small", {}, ` ${kind(p)}`)), el("td", {}, p.description || "")))));
}

function draw() {
  const all = Object.entries(doc.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, op]) => ({ path, method, ...op })));
  $("operations").replaceChildren(...all.map((op) => {
    const body = op.requestBody?.content?.["application/json"]?.schema;
    const stream = op.responses?.["200"]?.content?.["text/event-stream"];
    const parameters = (op.parameters || []).map((p) => el("tr", {}, el("th", { scope: "row" }, p.name, el("small", {}, ` ${p.in}`)), el("td", {}, p.description || p.schema?.description || "")));
    return el("details", { class: "model" }, el("summary", {}, el("code", {}, `${op.method.toUpperCase()} ${op.path}`), " ", el("span", {}, has("api.op." + op.operationId) ? t("api.op." + op.operationId) : op.summary || "", stream ? ` (${t("api.events")})` : "")),
      op.description ? el("p", {}, op.description) : "", parameters.length ? el("table", { class: "settings" }, el("tbody", {}, ...parameters)) : "", body ? fields(body) : "");
  }));
}

page(async () => {
  doc = await get("/api/openapi.json");
  draw();
  onLanguage(draw);
});
