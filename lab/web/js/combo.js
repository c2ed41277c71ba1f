// A combobox with a list of suggestions (ARIA 1.2).
import { el, label } from "/js/ui.js";

export function combo(input, list, suggest) {
  let at = -1, asked = 0, items = [];

  const close = () => {
    list.hidden = true;
    at = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  };
  const choose = (c) => {
    input.value = c.label;
    close();
  };
  const mark = (i) => {
    at = (i + items.length) % items.length;
    [...list.children].forEach((e, k) => e.setAttribute("aria-selected", String(k === at)));
    input.setAttribute("aria-activedescendant", list.children[at].id);
    list.children[at].scrollIntoView({ block: "nearest" });
  };
  const open = async (all) => {
    const mine = ++asked;
    const found = await suggest(all ? "" : input.value).catch(() => []);
    if (mine !== asked || document.activeElement !== input) return;
    items = found;
    at = -1;
    list.replaceChildren(...items.map((c, i) => {
      const e = el("li", { role: "option", id: `${list.id}-${i}`, "aria-selected": "false" }, el("b", {}, label(c.label)), el("small", {}, ` ${c.names === c.label ? "" : c.names} ${c.index}`));
      e.addEventListener("pointerdown", (ev) => { ev.preventDefault(); choose(c); });
      return e;
    }));
    list.hidden = items.length === 0;
    input.setAttribute("aria-expanded", String(items.length > 0));
  };

  input.addEventListener("input", () => open(false));
  input.addEventListener("focus", () => input.select());
  input.addEventListener("blur", close);
  input.addEventListener("keydown", async (e) => {
    const down = e.key === "ArrowDown", up = e.key === "ArrowUp";
    if (down || up) {
      e.preventDefault();
      if (list.hidden) await open(true);
      if (items.length) mark(at < 0 ? (down ? 0 : -1) : at + (down ? 1 : -1));
    } else if (e.key === "Enter" && at >= 0) {
      e.preventDefault();
      choose(items[at]);
    } else if (e.key === "Escape" && !list.hidden) {
      e.preventDefault();
      close();
    }
  });
  return { value: () => input.value.trim(), set: (v) => { input.value = v; } };
}
