// The JSON API of the lab.
import { t, has } from "/js/i18n.js";

export class Problem extends Error {
  constructor(body) {
    super(body.detail || body.title || "");
    Object.assign(this, body);
  }
}

// telling are the problems for which only the server's text says what is wrong.
const telling = new Set(["setting_wrong", "failed", "picture_unreadable", "model_unusable", "model_large", "model_ended", "pull_failed", "invalid"]);

// words says in the page's language what is wrong. What only the server knows follows in the
// server's language, with its advice.
export function words(err) {
  const key = "problem." + err.code, detail = err.detail || err.message || "";
  const own = err.code && has(key) ? t(key) : "";
  const rest = own && !telling.has(err.code) ? [] : [detail, err.hint && err.hint[0].toUpperCase() + err.hint.slice(1)];
  const all = [own, ...rest].filter(Boolean).map((s, i, list) => (/[.:!?。：！？…]$/.test(s) || i === list.length - 1 ? s : s + "."));
  return all.join(" ") || t("problem.offline");
}

async function call(method, path, body, type = "application/json", signal = undefined) {
  let reply;
  try {
    reply = await fetch(path, { method, body, signal, headers: body === undefined ? {} : { "Content-Type": type } });
  } catch {
    throw new Problem({ code: "offline" });
  }
  if (reply.status === 204) return null;
  const data = await reply.json().catch(() => ({}));
  if (!reply.ok) throw new Problem(data);
  return data;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}, signal = undefined) => call("POST", path, JSON.stringify(body), undefined, signal);
export const send = (path, bytes) => call("POST", path, bytes, "application/octet-stream");
export const remove = (path) => call("DELETE", path);

// watch calls handlers by event name until one returns true, which ends it. The browser reopens a
// broken stream; one that no longer exists is reported as lost.
export function watch(path, handlers, lost) {
  const source = new EventSource(path);
  for (const [name, f] of Object.entries(handlers)) {
    source.addEventListener(name, (e) => { if (f(JSON.parse(e.data))) source.close(); });
  }
  source.addEventListener("error", () => { if (source.readyState === EventSource.CLOSED) lost(); });
  return source;
}
