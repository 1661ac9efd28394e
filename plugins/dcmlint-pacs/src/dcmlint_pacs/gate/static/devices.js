import { clock, element, live, moment, number, path, plural, span } from "./page.js";

const SEVERITIES = ["error", "warning", "note"];
const closed = new Set();
const form = document.getElementById("filter");
const text = document.getElementById("text");
const shown = document.getElementById("devices");

function query() {
  const wanted = new URLSearchParams();
  for (const box of form.querySelectorAll("input[name=severity]:checked")) wanted.append("severity", box.value);
  if (text.value.trim()) wanted.append("text", text.value.trim());
  return wanted;
}

function locate() {
  const wanted = query();
  return `devices.json${wanted.size ? `?${wanted}` : ""}`;
}

function links() {
  const wanted = query();
  wanted.append("download", "");
  document.getElementById("as-csv").href = `devices.csv?${wanted}`;
  document.getElementById("as-json").href = `devices.json?${wanted}`;
}

function draw(answer) {
  const focus = document.activeElement?.closest?.("details")?.dataset.key;
  shown.replaceChildren(...answer.devices.map((each) => device(each, answer.now)));
  if (!answer.devices.length) {
    shown.append(element("p", { className: "card empty" }, query().size ? "Nothing that the filter shows." : "No object has arrived yet."));
  }
  if (focus !== undefined) {
    for (const each of shown.children) if (each.dataset.key === focus) each.querySelector("summary").focus({ preventScroll: true });
  }
}

function device(each, now) {
  const key = JSON.stringify([each.calling_aet, each.device, each.address]);
  const counts = SEVERITIES.map((severity) => [severity, each.faults.filter((fault) => fault.severity === severity).length]);
  const summary = element("summary", {},
    element("span", { className: "name" }, each.calling_aet), element("span", {}, each.device || "unknown device"),
    element("span", { className: "muted" }, each.address),
    element("span", { className: "counts" },
      ...counts.filter(([, count]) => count).map(([severity, count]) => element("span", { className: `mark ${severity}` }, `${plural(count, severity)}`)),
      element("span", { className: each.clean === each.objects ? "good" : "" }, `${number(each.clean)} of ${plural(each.objects, "object")} clean`),
      element("span", { className: "muted", title: moment(each.last) }, `${span(Math.max(now - each.last, 0))} ago`)));
  const made = element("details", { className: "device" }, summary, each.faults.length ? table(each) :
    element("p", { className: "empty" }, "Nothing was found."));
  made.dataset.key = key;
  made.open = !closed.has(key);
  summary.addEventListener("click", () => { if (made.open) closed.add(key); else closed.delete(key); });
  return made;
}

function table(each) {
  const head = ["Severity", "Rule", "Example", "Objects", "Findings", "First", "Last"];
  return element("div", { className: "scroll", attributes: { tabindex: "0", role: "region", "aria-label": `Faults of ${each.calling_aet}` } },
    element("table", {},
      element("thead", {}, element("tr", {}, ...head.map((name) => element("th",
        { className: name === "Objects" || name === "Findings" ? "number" : "", attributes: { scope: "col" } }, name)))),
      element("tbody", {}, ...each.faults.map((fault) => row(fault, each.objects)))));
}

function row(fault, objects) {
  const share = objects ? ` (${Math.round((100 * fault.objects) / objects)} %)` : "";
  return element("tr", {},
    element("td", {}, element("span", { className: `mark ${SEVERITIES.includes(fault.severity) ? fault.severity : ""}` }, fault.severity)),
    element("td", {}, element("code", {}, fault.rule), ...(fault.what ? [element("span", { className: "what" }, fault.what)] : [])),
    element("td", {}, fault.path ? path(fault.path) : "the Data Set", ...(fault.sop_class ? [element("span", { className: "what" }, fault.sop_class)] : [])),
    element("td", { className: "number" }, number(fault.objects) + share),
    element("td", { className: "number" }, number(fault.findings)),
    element("td", { className: "when", title: moment(fault.first) }, clock(fault.first)),
    element("td", { className: "when", title: moment(fault.last) }, clock(fault.last)));
}

const ask = live(locate, draw);
let timer = 0;
form.addEventListener("input", () => { links(); clearTimeout(timer); timer = setTimeout(ask, 200); });
form.addEventListener("submit", (event) => event.preventDefault());
links();
