// The story: the article's experiments as chapters, each of which runs in its place.
import { t, has, onLanguage } from "/js/i18n.js";
import { get, post, send, watch, words } from "/js/api.js";
import { $, el, page, copyable, lost } from "/js/ui.js";
import { figures, table } from "/js/story-figures.js";
import { Show } from "/js/story-live.js";
import { Sums } from "/js/story-sums.js";

let story;
let own = null; // the reader's picture, as the API describes it
let taking = 0; // pictures asked for: the newest wins

class Chapter {
  constructor(about) {
    Object.assign(this, { about, id: about.id, result: null, seed: 0, abort: null, said: null, shows: [] });
    this.title = el("h2", { id: `${this.id}-title`, tabindex: "-1" });
    this.text = el("p", { class: "tell" });
    this.run = el("button", { type: "button", class: "primary", onclick: () => this.start() });
    this.stop = el("button", { type: "button", onclick: () => this.cancel() });
    this.again = el("button", { type: "button", onclick: () => { this.seed++; this.start(); } });
    this.status = el("span", { class: "status", role: "status" });
    this.bar = el("progress", { hidden: "" });
    this.problem = el("p", { class: "error", role: "alert" });
    this.toy = el("div");
    this.live = el("div", { class: "shows" });
    this.stage = el("div", { class: "exhibits" });
    this.notes = el("div");
    this.rows = el("div");
    this.paper = el("div");
    this.yourself = el("details", { class: "yourself" });
    this.next = el("p", { class: "next" });
    this.box = el("section", { class: "chapter", id: this.id, "aria-labelledby": this.title.id },
      this.title, this.text, this.toy, el("div", { class: "row controls" }, this.run, this.again, this.stop, this.status, this.bar), this.problem,
      this.live, this.stage, this.notes, this.rows, this.paper, this.yourself, this.next);
    this.stop.hidden = true;
    this.sums = about.example ? new Sums(this.toy, about.example) : null;
    this.draw();
  }

  get busy() { return this.abort !== null; }

  picture() { return this.about.own ? own : null; }

  // say announces the progress of the chapter, in the language of the page.
  say(key, values = {}) {
    this.said = key && { key, values: { number: this.about.number, ...values } };
    this.status.textContent = this.said ? t(this.said.key, this.said.values) : "";
  }

  async start() {
    if (this.busy) return;
    const abort = this.abort = new AbortController();
    this.problem.textContent = "";
    this.buttons();
    try {
      if (this.about.live && !(await this.attack(abort.signal))) return;
      this.say("story.running");
      const ask = { seed: this.seed, ...(this.picture() ? { picture: this.picture().id } : {}) };
      let r = await post(`/api/story/${this.id}`, ask, abort.signal);
      if (r.task) {
        await this.learn(r.task, abort.signal);
        r = await post(`/api/story/${this.id}`, ask, abort.signal);
      }
      this.result = r;
      this.draw();
      this.say(this.learnt ? "story.learnt" : "story.done", { seconds: (this.learnt || r.seconds).toFixed(r.seconds < 0.1 ? 3 : 1) });
      this.learnt = 0;
    } catch (err) {
      this.say(abort.signal.aborted ? "story.stopped" : null);
      if (!abort.signal.aborted) this.problem.replaceChildren(...(err.lost ? lost() : [words(err)]));
    } finally {
      this.abort = null;
      this.bar.hidden = true;
      this.buttons();
    }
  }

  cancel() {
    for (const s of this.shows) s.cancel();
    this.abort?.abort();
  }

  // forget removes results for another picture.
  forget() {
    this.cancel();
    Object.assign(this, { result: null, shows: [], seed: 0 });
    for (const e of [this.live, this.stage, this.notes, this.problem]) e.replaceChildren();
    this.say(null);
    this.draw();
  }

  // attack shows the attacks of the chapter live; false if they were stopped.
  async attack(signal) {
    this.say("story.live");
    const chosen = this.picture();
    this.live.classList.toggle("pair", this.about.live.length > 1);
    const runs = [];
    for (const l of this.about.live) {
      const p = chosen || await post("/api/pictures/draw", { ...l.draw, seed: this.seed }, signal);
      const how = chosen ? this.about.live_own : l;
      runs.push([p, await post("/api/runs", { picture: p.id, model: how.model, ...how.settings }, signal)]);
    }
    this.shows = runs.map(([p, r]) => new Show(p, r));
    this.live.replaceChildren(...this.shows.map((s) => s.box));
    await Promise.all(this.shows.map((s) => s.ended));
    if (signal.aborted) this.say("story.stopped");
    return !signal.aborted;
  }

  learn(task, signal) {
    const begun = performance.now();
    this.bar.hidden = false;
    return new Promise((resolve, reject) => {
      const source = watch(`/api/tasks/${task}/events`, {
        progress: (p) => {
          this.bar.max = p.total || 1;
          this.bar.value = p.done;
          this.say("story.learning", { done: p.done, total: p.total });
        },
        done: () => { this.learnt = (performance.now() - begun) / 1000; resolve(); return true; },
        failed: (p) => { reject(p); return true; },
      }, () => reject({ lost: true }));
      signal.addEventListener("abort", () => { source.close(); reject(new Error("stopped")); });
    });
  }

  buttons() {
    this.run.disabled = this.busy;
    this.run.hidden = Boolean(this.sums && this.result);
    this.run.textContent = t(this.id === "templates" && !this.about.ready && !this.result ? "story.learn" : "story.run");
    this.stop.hidden = !this.busy;
    this.stop.textContent = t("story.cancel");
    this.again.textContent = t("story.again");
    this.again.hidden = this.busy || !this.result || this.result.exact || (!this.about.own && this.id !== "hardened") || Boolean(this.picture());
  }

  // draw redraws everything in the language of the page.
  draw() {
    const { about, result: r } = this;
    this.title.replaceChildren(el("span", { class: "number" }, `${about.number} `), t(`story.${this.id}.title`));
    this.text.textContent = t(`story.${this.id}.text`);
    this.sums?.draw();
    for (const s of this.shows) s.draw();
    this.buttons();
    if (this.said) this.say(this.said.key, this.said.values);
    const shell = r ? r.shell : about.shell, code = r ? r.code : about.code;
    this.yourself.replaceChildren(el("summary", {}, t("story.yourself")),
      ...(r?.url ? [el("p", {}, el("a", { class: "button", href: r.url }, t("story.bench")))] : []),
      el("h3", {}, t("story.shell")), copyable(shell, t("story.shell")), el("h3", {}, t("story.code")), copyable(code, t("story.code")));
    if (r) {
      const key = this.id === "hardened" ? "story.both" : r.exact ? "story.exact" : "story.other";
      const kind = r.model && el("p", { class: "note" }, t(key, { model: r.model }));
      const sketch = r.model === "sketchbook" && !this.picture() && has(`story.${this.id}.sketch`) && el("p", { class: "aside-note" }, t(`story.${this.id}.sketch`));
      if (!this.sums) this.stage.replaceChildren(...figures(r, about.live?.[0]?.settings?.as)); // they are its graph already
      this.notes.replaceChildren(...[sketch, kind].filter(Boolean));
      this.rows.replaceChildren(table(r.rows, r, t("story.here")));
    } else {
      this.rows.replaceChildren(table(about.figures.map((f) => ({ id: f.id, name: f.name, published: f.text })), null, t("story.here")));
    }
    if (about.paper) {
      this.paper.replaceChildren(el("h3", {}, t("story.hardened.paper")), el("p", { class: "note" }, t("story.hardened.papernote")), table(about.paper, null, t("story.here")));
    }
    const next = story.chapters[about.number];
    this.next.replaceChildren(...(next ? [el("a", { href: `#${next.id}` }, t("story.next", { title: t(`story.${next.id}.title`) }))] : []));
  }
}

function network() {
  $("network").replaceChildren(t(story.present ? "story.present" : "story.absent"), " ", ...(story.present ? [] : [el("a", { href: "/models" }, t("story.pull"))]));
}

function mine() {
  $("own-name").textContent = own ? t("story.own.chosen", { name: own.name }) : t("story.own.none");
  $("own-picture").hidden = $("drop-own").hidden = !own;
  if (own) $("own-picture").src = `/api/pictures/${own.id}/view.png?side=160`;
}

// cheap are the chapters that run without being asked.
const cheap = new Set(["predict", "black", "logistic"]);

page(async () => {
  story = await get("/api/story");
  const all = story.chapters.map((c) => new Chapter(c));
  $("chapters").append(...all.map((c) => c.box));
  $("contents").append(...all.map((c) => el("li", {}, el("a", { href: `#${c.id}` }))));
  const contents = () => all.forEach((c, i) => { $("contents").children[i].firstChild.textContent = t(`story.${c.id}.title`); });
  const draw = () => { network(); mine(); contents(); };
  draw();
  onLanguage(() => { draw(); for (const c of all) c.draw(); });
  const choose = (p) => {
    own = p;
    mine();
    for (const c of all) {
      if (c.about.own) c.forget();
    }
  };
  $("file").addEventListener("change", async () => {
    const file = $("file").files[0], mine = ++taking;
    $("file").value = "";
    if (!file) return;
    $("own-error").textContent = "";
    try {
      const p = await send(`/api/pictures?name=${encodeURIComponent(file.name)}`, file);
      if (mine === taking) choose(p);
    } catch (err) {
      $("own-error").textContent = words(err);
    }
  });
  $("drop-own").addEventListener("click", () => { taking++; choose(null); });
  const observe = (rootMargin, f) => {
    const o = new IntersectionObserver((entries) => { for (const e of entries) f(all.find((c) => c.box === e.target), e.isIntersecting); }, { rootMargin });
    for (const c of all) o.observe(c.box);
  };
  observe("0px", (c, seen) => { if (seen && cheap.has(c.id) && !c.result) c.start(); });
  observe("-30% 0px -60% 0px", (c, seen) => $("contents").children[c.about.number - 1].classList.toggle("here", seen));
  if (location.hash) $(location.hash.slice(1))?.scrollIntoView();
});
