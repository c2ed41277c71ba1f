// The parameters of an attack as it declares them: controls for those that no setting sets, and what
// a page says of any of them.
import { t, lang } from "/js/i18n.js";
import { el } from "/js/ui.js";

// titled is the title of an attack with its name.
export const titled = (a) => (lang() === "zh" ? `${a.title.zh}（${a.name}）` : `${a.title.en} (${a.name})`);

// range says which numbers a parameter takes, "" if it takes none.
export function range(p) {
  if (p.min === undefined) return "";
  const [min, max] = [p.min, p.max].map((v) => v?.toLocaleString(lang(), { maximumFractionDigits: 20 }));
  return max === undefined ? t("attack.atleast", { min }) : t("attack.range", { min, max });
}

// worded reports whether a default is described in words, which are too long for a field.
export const worded = (p) => /\s/.test(p.default.en);

// preset says what the default of a number is, if that takes words.
export const preset = (p) => (p.min !== undefined && worded(p) ? t("attack.default", { value: p.default[lang()] }) : "");

// particulars are what there is to say of a parameter besides its sentence.
export const particulars = (p) => [range(p), preset(p)].filter(Boolean).join(lang() === "zh" ? "。" : ". ");

// control makes the control of a parameter. Its value is "" for the default.
function control(p) {
  const id = { id: `set-${p.name}` };
  if (p.kind === "bool") return el("input", { ...id, type: "checkbox" });
  if (p.choices) {
    const others = p.choices.filter((c) => c !== p.default.en);
    return el("select", id, el("option", { value: "" }, p.default[lang()]), ...others.map((c) => el("option", { value: c }, c)));
  }
  const hint = { ...id, placeholder: p.default[lang()] };
  if (p.kind === "size") return el("input", hint);
  return el("input", { ...hint, type: "number", min: p.min, max: p.max, step: p.kind === "int" ? "1" : "any" });
}

const valueOf = (field) => (field.type === "checkbox" ? (field.checked ? "true" : "") : field.value.trim());

// put gives a control a value, and reports whether it can have that.
function put(field, value) {
  if (field.type === "checkbox") field.checked = value === "true";
  else field.value = value;
  return valueOf(field) === value;
}

export class Parameters {
  constructor(box) {
    Object.assign(this, { box, attack: "" });
    this.fields = new Map(); // by the name of the parameter
    this.rest = []; // pairs that no control can show: they are sent as they are
  }

  // show makes the controls of an attack, except those in own. What is set stays where the attack
  // has a parameter of that name.
  show(attack, own) {
    const set = attack.name === this.attack ? this.pairs() : this.pairs().filter((pair) => attack.parameters.some((p) => pair.startsWith(`${p.name}=`)));
    this.attack = attack.name;
    this.fields.clear();
    this.box.replaceChildren(...attack.parameters.filter((p) => !own.includes(p.name)).map((p) => {
      const field = control(p), label = el("label", { for: field.id }, p.about[lang()]), says = particulars(p);
      this.fields.set(p.name, field);
      return el("div", { class: "setting" }, ...(p.kind === "bool" ? [el("div", { class: "tick" }, field, label)] : [label, field]),
        el("p", { class: "note" }, el("code", {}, p.name), says && `${lang() === "zh" ? "：" : ": "}${says}`));
    }));
    this.fill(set);
  }

  // fill sets parameters from pairs "name=value", and all others to their defaults.
  fill(pairs) {
    this.rest = [];
    for (const field of this.fields.values()) put(field, "");
    for (const pair of pairs) {
      const [name, ...value] = pair.split("="), field = this.fields.get(name);
      if (!field || !put(field, value.join("="))) this.rest.push(pair);
    }
  }

  // pairs are the parameters that are not at their defaults, as the API takes them.
  pairs() {
    const set = [...this.fields].filter(([, field]) => valueOf(field) !== "");
    return [...set.map(([name, field]) => `${name}=${valueOf(field)}`), ...this.rest];
  }
}
