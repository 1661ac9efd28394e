import { clear, clock, element, facts, live, moment, number, plural, size, span } from "./page.js";

const DONE = { accept: "accepted", forward: "forwarded", quarantine: "quarantined", refuse: "refused" };
let newest = 0;

function draw(status) {
  document.getElementById("aet").textContent = status.aet;
  const banner = document.getElementById("banner");
  const says = status.refuses ? `Nothing is let in at the moment: ${status.refuses}` : "Objects are let in.";
  const text = `${says} Running since ${moment(status.started)}.`;
  if (banner.textContent !== text) banner.textContent = text;
  banner.classList.toggle("bad", Boolean(status.refuses));
  tiles(status);
  spool(status);
  limits(status.limits);
  clear("senders", ...rowsOrNone(status.senders.map((each) => sender(each, status.now)), 7, "No object has arrived yet."));
  clear("last", ...rowsOrNone(status.last.map(object), 8, "No object has arrived yet."));
  if (status.last.length) newest = status.last[0].number;
  others(status.counters);
}

function rowsOrNone(rows, columns, text) {
  if (rows.length) return rows;
  return [element("tr", {}, element("td", { className: "empty", attributes: { colspan: columns } }, text))];
}

function tiles(status) {
  const objects = status.counters.objects || {};
  const total = Object.values(objects).reduce((sum, each) => sum + each, 0);
  const bytes = Object.values(status.counters.bytes || {}).reduce((sum, each) => sum + each, 0);
  const tile = (name, value, small, kind) => element("div", { className: "tile" }, element("dt", {}, name),
    element("dd", kind ? { className: kind } : {}, value, ...(small ? [element("small", {}, small)] : [])));
  const minutes = Math.max(status.now - status.started, 1) / 60;
  clear("tiles", tile("Objects", number(total), `${(total / minutes).toFixed(1)} a minute`),
    tile("Received", size(bytes), ""),
    ...Object.entries(DONE).map(([action, word]) => tile(word[0].toUpperCase() + word.slice(1), number(objects[action] || 0), "",
      objects[action] ? action : "")));
}

function spool(status) {
  const gauge = (name) => status.gauges.filter((each) => each.name === name);
  const pairs = gauge("free bytes").map((each) => ["Free on the disk", `${size(each.value)}, of which ${size(status.limits.reserve)} are kept free`]);
  for (const each of gauge("waiting")) pairs.push([`Waiting for ${each.label || "a target"}`, plural(each.value, "object")]);
  for (const each of Object.entries(status.counters.forwarded || {})) pairs.push([`Delivered to ${each[0]}`, plural(each[1], "object")]);
  pairs.push(["Forwarded to", status.targets.length ? status.targets.join(", ") : "nowhere"]);
  pairs.push(["Arrived again", plural(status.counters.duplicates?.[""] || 0, "object")]);
  pairs.push(["Other content, same UID", plural(status.counters.conflicts?.[""] || 0, "object")]);
  facts("spool", pairs);
}

function limits(bounds) {
  const bound = (seconds) => (seconds ? `${seconds} s` : "none");
  facts("limits", [["Associations", `${bounds.associations}, ${bounds.per_address} of one address`], ["PDU", size(bounds.pdu)],
    ["Object", size(bounds.object)], ["Without a byte", bound(bounds.idle_s)], ["Association in all", bound(bounds.total_s)],
    ["Waiting to be forwarded", plural(bounds.waiting, "object")]]);
}

function marks(actions) {
  const made = Object.entries(actions).filter(([, count]) => count).flatMap(([action, count]) =>
    [element("span", { className: `mark ${action in DONE ? action : ""}` }, `${number(count)} ${DONE[action] || action}`), ", "]);
  return made.slice(0, -1);
}

function sender(each, now) {
  return element("tr", {}, element("td", {}, each.calling_aet || "(STOW-RS)"), element("td", {}, each.device || "unknown"),
    element("td", {}, each.address), element("td", { className: "number" }, number(each.objects)), element("td", {}, ...marks(each.actions)),
    element("td", { className: "number" }, number(each.findings)),
    element("td", { className: "when", title: moment(each.last) }, `${span(Math.max(now - each.last, 0))} ago`));
}

function object(each) {
  const done = element("span", { className: `mark ${each.action in DONE ? each.action : ""}` }, DONE[each.action] || each.action);
  return element("tr", each.number > newest && newest ? { className: "fresh" } : {},
    element("td", { className: "when", title: moment(each.time) }, clock(each.time)),
    element("td", {}, each.sender, ...(each.device ? [element("span", { className: "what" }, each.device)] : [])),
    element("td", {}, each.sop_class || "unknown"), element("td", { className: "number" }, size(each.size)),
    element("td", {}, done, ...(each.is_duplicate ? [" again"] : [])),
    element("td", {}, element("code", {}, each.status)),
    element("td", {}, each.rule ? element("code", {}, each.rule) : each.note || ""),
    element("td", { className: "number" }, number(each.findings)));
}

function others(counters) {
  const pairs = [];
  for (const [how, count] of Object.entries(counters.associations || {})) pairs.push([`Associations ${how}`, number(count)]);
  for (const [why, count] of Object.entries(counters.refused || {})) pairs.push([`Refused: ${why}`, number(count)]);
  for (const [route, count] of Object.entries(counters.requests || {})) {
    if (!/^(page|status|devices|metrics|health) /.test(route)) pairs.push([`HTTP ${route}`, number(count)]);
  }
  facts("others", pairs.length ? pairs : [["None yet", ""]]);
}

live(() => "status.json", draw);
