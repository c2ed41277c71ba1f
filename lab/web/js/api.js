// The JSON API of the lab.
import { t, has } from "/js/i18n.js";

export class Problem extends Error {
  constructor(body) {
    super(body.detail || body.title || "");
    Object.assign(this, body);
  }
}

// words says in the page's language what is wrong; what only the server knows follows in its own.
export function words(err) {
  const key = "problem." + err.code;
  if (err.code && has(key)) {
    const own = t(key, { detail: err.message, hint: err.hint || "" });
    return err.code === "setting_wrong" || err.code === "failed" || err.code === "picture_unreadable" ? `${own} ${err.message}` : own;
  }
  return err.message || t("problem.offline");
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

// watch calls handlers by event name until one returns true, which ends it.
export function watch(path, handlers) {
  const source = new EventSource(path);
  for (const [name, f] of Object.entries(handlers)) {
    source.addEventListener(name, (e) => { if (f(JSON.parse(e.data))) source.close(); });
  }
  return source;
}
