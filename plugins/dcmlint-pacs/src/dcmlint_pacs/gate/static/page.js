// What the pages share. What peers have sent goes into text nodes, and nowhere else.

export function element(name, options = {}, ...children) {
  const made = document.createElement(name);
  const { title, className, attributes = {} } = options;
  if (className) made.className = className;
  if (title) made.title = title;
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children.map((child) => (child instanceof Node ? child : document.createTextNode(String(child)))));
  return made;
}

// A path of Attributes, which may be broken over lines after a point.
export function path(text) {
  const made = element("code");
  text.split(/(?<=\.)/).forEach((part, at) => { if (at) made.append(document.createElement("wbr")); made.append(part); });
  return made;
}

export const number = (value) => new Intl.NumberFormat("en").format(value);

export function size(bytes) {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) { value /= 1000; unit += 1; }
  return `${value >= 100 || unit === 0 ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

export const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");
export const moment = (seconds) => `${new Date(seconds * 1000).toLocaleDateString("en-CA")} ${clock(seconds)}`;

export function span(seconds) {
  if (seconds < 90) return `${Math.round(seconds)} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

export const clear = (id, ...children) => document.getElementById(id).replaceChildren(...children);

export function facts(id, pairs) {
  clear(id, ...pairs.flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]));
}

export function plural(count, one) { return `${number(count)} ${one}${count === 1 ? "" : "s"}`; }

// Ask again and again while the page is seen; each answer is drawn, a silence is said.
export function live(locate, draw, seconds = 1) {
  const said = document.getElementById("live");
  let tag = "";
  let asked = "";
  let timer = 0;
  let busy = false;
  async function ask() {
    clearTimeout(timer);
    if (busy) return;
    busy = true;
    const where = locate();
    try {
      const headers = tag && where === asked ? { "If-None-Match": tag } : {};
      const response = await fetch(where, { headers, cache: "no-store", signal: AbortSignal.timeout(10000) });
      if (response.status === 200) {
        asked = where;
        tag = response.headers.get("ETag") || "";
        draw(await response.json());
      } else if (response.status !== 304) {
        throw new Error(`status ${response.status}`);
      }
      if (said.dataset.away !== "no") { said.dataset.away = "no"; said.textContent = "live"; }
    } catch (error) {
      if (said.dataset.away !== "yes") { said.dataset.away = "yes"; said.textContent = `no answer since ${clock(Date.now() / 1000)}`; }
    }
    busy = false;
    if (!document.hidden) timer = setTimeout(ask, seconds * 1000);
  }
  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  ask();
  return ask;
}
