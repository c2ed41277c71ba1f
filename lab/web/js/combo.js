// A combobox with a list of suggestions (ARIA 1.2). If allowed, it holds several classes with
// commas between them.
import { el, label, english } from "/js/ui.js";

export function combo(input, list, suggest, several) {
  let at = -1, asked = 0, items = [];
  const picked = new Map(); // labels that more than one class has, and which one is meant

  const close = () => {
    asked++; // a late answer must not open it again
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const parts = () => (several() ? input.value.split(/\s*[,，]\s*/) : [input.value]).map((s) => s.trim());
  const remember = async (c) => {
    picked.delete(c.label);
    const same = (found) => found.filter((other) => other.label === c.label).length > 1;
    if (same(items) || same(await suggest(c.label).catch(() => []))) picked.set(c.label, String(c.index));
  };
  const choose = (c) => {
    input.value = [...parts().slice(0, -1), c.label].join(", ");
    close();
    return remember(c);
  };
  const mark = (i) => {
    at = (i + items.length) % items.length;
    [...list.children].forEach((e, k) => e.setAttribute("aria-selected", String(k === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const open = async (all) => {
    const mine = ++asked;
    const found = await suggest(all ? "" : parts().pop()).catch(() => []);
    if (mine !== asked || document.activeElement !== input) return;
    items = found;
    at = -1;
    list.replaceChildren(...items.map((c, i) => {
      const e = el("li", { role: "option", id: `${list.id}-${i}`, "aria-selected": "false" }, el("b", {}, label(c.label)), el("small", {}, ` ${c.names === c.label ? "" : c.names} ${c.index}`));
      e.addEventListener("click", () => choose(c));
      return e;
    }));
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
  };

  list.addEventListener("mousedown", (e) => e.preventDefault()); // the field keeps the focus
  input.addEventListener("input", () => open(false));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (e) => {
    const down = e.key === "ArrowDown", up = e.key === "ArrowUp";
    if (down || up) {
      e.preventDefault();
      if (list.hidden) await open(true);
      asked++; // one chooses from what one sees: a late answer must not change it
      if (items.length) mark(at < 0 ? (down ? 0 : -1) : at + (down ? 1 : -1));
    } else if (e.key === "Enter" && at >= 0) {
      e.preventDefault();
      choose(items[at]);
    } else if (e.key === "Escape" && !list.hidden) {
      e.preventDefault();
      close();
    }
  });

  return {
    // values returns the classes in the form that the API takes.
    values: () => parts().filter(Boolean).map((s) => {
      const names = english(s);
      return picked.get(s) || (names.length === 1 ? names[0] : s);
    }),

    // set shows classes, those given by a number or a synset by their names.
    async set(...words) {
      picked.clear();
      input.value = words.join(", ");
      const names = await Promise.all(words.map(async (w) => {
        if (!/^(\d+|n\d{8})$/.test(w)) return w;
        const [c] = await suggest(w).catch(() => []);
        if (!c || (String(c.index) !== w && c.synset !== w)) return w;
        await remember(c);
        return c.label;
      }));
      if (input.value === words.join(", ")) input.value = names.join(", ");
    },

    forget: () => picked.clear(), // numbers of classes belong to a model
  };
}
