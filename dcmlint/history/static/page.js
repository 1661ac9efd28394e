// Draws the page. All text goes in as text nodes; the one HTML is the rules' documentation, made by dcmlint.
(function () {
  var data = JSON.parse(document.getElementById("data").textContent);
  var cube = new Cube(data.cube), OTHERS = "\u0000";
  var NAMES = { rule: "Rule", severity: "Severity", modality: "Modality", device: "Manufacturer and model",
    station: "Station", sop_class: "SOP Class", month: "Study month" };
  var FACETS = ["severity", "modality", "device", "station", "sop_class", "month"], FEW = 8, MANY = 25;
  var chosen = {}, state = "open", query = "", unfolded = {}, sums = null;
  cube.axes.forEach(function (axis) { chosen[axis] = new Set(); });
  var RULE = cube.axes.indexOf("rule"), SEVERITY = cube.axes.indexOf("severity");

  function $(id) { return document.getElementById(id); }
  function el(name, attributes) {
    var node = document.createElement(name);
    Object.keys(attributes || {}).forEach(function (key) {
      var value = attributes[key];
      if (key === "on") node.addEventListener("click", value);
      else if (value !== null && value !== false) node.setAttribute(key, value === true ? "" : value);
    });
    for (var i = 2; i < arguments.length; i++) {
      var child = arguments[i];
      if (child !== null && child !== undefined && child !== "") node.append(child);
    }
    return node;
  }
  function fill(node, children) { node.replaceChildren.apply(node, children.filter(Boolean)); }
  function number(n) { return n.toLocaleString("en"); }
  function plural(n, noun) { return number(n) + " " + noun + (n === 1 ? "" : "s"); }
  function signed(n) { return n > 0 ? "+" + number(n) : n < 0 ? "\u2212" + number(-n) : ""; }
  function when(text) { return text ? text.slice(0, 16).replace("T", " ") + " UTC" : "not finished"; }
  function named(axis, value) {
    var text = cube.values[axis][value];
    return text === OTHERS ? "(others)" : text === "" ? "(none)" : text;
  }
  function badge(severity) { return el("span", { class: "badge " + severity }, severity); }

  // ---- what changed -------------------------------------------------------------------------------------

  function top() {
    var run = data.run, before = data.before, all = cube.sums({}, null), by = all.severity;
    $("about").textContent = "Run " + run.id + ", " + when(run.finished) +
      (before ? ", compared with run " + before.id + ", " + when(before.finished) : ", the first: all that it found is new");
    fill($("banners"), data.banners.map(function (text) { return el("p", { class: "banner" }, text); }));
    function of(name) {
      var at = cube.values.severity.indexOf(name);
      return at < 0 ? { open: 0, new: 0, resolved: 0 } : { open: by.open[at], new: by.new[at], resolved: by.resolved[at] };
    }
    var tiles = [tile("new", all.total.new, "since " + (before ? "run " + before.id : "the beginning"), all.total.new ? "new" : ""),
      tile("resolved", all.total.resolved, before ? "since run " + before.id : "", "resolved")];
    tiles = tiles.concat(["error", "warning", "note"].map(function (name) {
      var found = of(name);
      return tile(name + "s", found.open, before ? signed(found.new - found.resolved) || "no more, no fewer" : "", name);
    }));
    tiles.push(tile("visited", run.visited, number(run.changed) + " new or changed, " + number(run.removed) + " removed", ""));
    fill($("tiles"), tiles);
    fill($("changed"), [
      card("New", "new", leaders(["rule"], all, function (n, r) { return n; }), all.total.new, "Nothing new."),
      card("Got worse", "new", before ? leaders(["rule", "device", "station"], all, function (n, r) { return n - r; }) : [],
        null, before ? "Nothing has more findings than before." : "There is no run before this one."),
      card("Resolved", "resolved", leaders(["rule"], all, function (n, r) { return r; }), all.total.resolved, "Nothing resolved.")
    ]);
  }
  function tile(name, value, more, kind) {
    return el("div", { class: "tile " + kind }, el("dt", {}, name), el("dd", {}, el("b", {}, number(value)),
      more ? el("span", { class: "muted" }, more) : ""));
  }
  function leaders(axes, all, measure) {
    var found = [];
    axes.forEach(function (axis) {
      cube.values[axis].forEach(function (text, value) {
        var n = measure(all[axis].new[value], all[axis].resolved[value]), open = all[axis].open[value];
        if (n > 0 && text !== OTHERS && text !== "")
          found.push({ axis: axis, value: value, n: n, open: open, before: open - all[axis].new[value] + all[axis].resolved[value] });
      });
    });
    found.sort(function (a, b) { return b.n - a.n || a.value - b.value; });
    return found;
  }
  function card(title, goes, found, total, nothing) {
    var worse = total === null;
    var rows = found.slice(0, FEW).map(function (row) {
      var label = named(row.axis, row.value);
      return el("li", {}, el("button", { type: "button", class: "row", on: function () { go(row, goes); } },
        el("span", { class: "name" }, row.axis === "rule" ? "" : el("span", { class: "muted" }, (row.axis === "device" ? "Model" : NAMES[row.axis]) + " "), label),
        el("span", { class: "count" }, worse ? number(row.before) + " \u2192 " + number(row.open) : number(row.n))));
    });
    var more = found.length - rows.length;
    return el("div", { class: "card" }, el("h3", {}, title + (total ? " (" + number(total) + ")" : "")),
      rows.length ? el.apply(null, ["ul", { class: "plain" }].concat(rows)) : el("p", { class: "muted" }, nothing),
      more > 0 ? el("p", { class: "muted" }, "and " + number(more) + " more") : "");
  }
  function go(row, goes) {
    clear();
    chosen[row.axis].add(row.value);
    setState(goes);
    update();
    $("explore").focus({ preventScroll: true });
    $("explore").scrollIntoView();
  }

  // ---- filters ------------------------------------------------------------------------------------------

  var texts = data.rules.map(function (rule) { return (rule.id + " " + rule.title).toLowerCase(); });
  var examples = data.examples.map(function (row) {
    return { axes: row[0], state: row[1], message: row[2], path: row[3], tag: row[4], uid: row[5], study: row[6],
      series: row[7], first: row[8], resolved: row[9], scope: row[10], file: row[11],
      text: [row[2], row[3], row[4], row[5], row[6], row[7], row[11]].join(" ").toLowerCase() };
  });
  var studies = data.studies.map(function (row) {
    return { uid: row[0], axes: { modality: row[1], device: row[2], station: row[3], month: row[4] },
      error: row[5], warning: row[6], note: row[7], new: row[8] };
  });

  function searched() {
    if (!query) return null;
    var out = new Uint8Array(cube.values.rule.length);
    texts.forEach(function (text, rule) { if (text.indexOf(query) >= 0) out[rule] = 1; });
    examples.forEach(function (each) { if (each.text.indexOf(query) >= 0) out[each.axes[RULE]] = 1; });
    return out;
  }
  function toggle(axis, value) {
    if (!chosen[axis].delete(value)) chosen[axis].add(value);
    update();
  }
  function clear() {
    cube.axes.forEach(function (axis) { chosen[axis].clear(); });
    query = $("search").value = "";
  }
  function setState(name) {
    state = name;
    document.querySelector('#states input[value="' + name + '"]').checked = true;
  }
  function filtered() { return !!query || cube.axes.some(function (axis) { return chosen[axis].size; }); }

  function update() {
    var active = document.activeElement, key = active && active.getAttribute("data-key");
    performance.mark("filter-start");
    sums = cube.sums(chosen, searched());
    drawResult();
    drawFacets();
    drawRules();
    drawStudies();
    drawMonths();
    if (key) {
      var again = document.querySelector('[data-key="' + CSS.escape(key) + '"]');
      if (again) again.focus({ preventScroll: true });
    }
    performance.measure("filter", "filter-start");
  }
  function drawResult() {
    var n = sums.total[state], kind = state === "open" ? "open finding" : state + " finding";
    $("result").textContent = plural(n, kind) + (filtered() ? " match" + (n === 1 ? "es" : "") : "") +
      (state === "open" && data.before ? ": " + number(sums.total.new) + " new, " + number(sums.total.resolved) + " resolved since run " + data.before.id : "");
    $("clear").disabled = !filtered();
    var chips = [];
    cube.axes.forEach(function (axis) {
      chosen[axis].forEach(function (value) {
        chips.push(el("button", { type: "button", class: "chip", "aria-label": "Remove the filter " + NAMES[axis] + " " + named(axis, value),
          on: function () { toggle(axis, value); } }, NAMES[axis] + ": " + named(axis, value) + " \u00d7"));
      });
    });
    fill($("chips"), chips);
  }
  function ordered(axis) {
    var table = sums[axis][state], values = [];
    for (var v = 0; v < table.length; v++) if (table[v] || chosen[axis].has(v)) values.push(v);
    var texts = cube.values[axis];
    if (axis === "severity") return values;
    return values.sort(function (a, b) {
      if (texts[a] === OTHERS || texts[b] === OTHERS) return texts[a] === OTHERS ? 1 : -1;
      if (axis === "month") return texts[a] < texts[b] ? 1 : -1;
      return table[b] - table[a] || (texts[a] < texts[b] ? -1 : 1);
    });
  }
  function drawFacets() {
    fill($("facets"), FACETS.map(function (axis) {
      var values = ordered(axis), table = sums[axis][state];
      var most = values.reduce(function (m, v) { return Math.max(m, table[v]); }, 1);
      var shown = unfolded[axis] ? values : values.slice(0, FEW);
      var list = shown.map(function (v) { return el("li", {}, facetRow(axis, v, table[v], most)); });
      return el("section", { class: "card facet", "aria-label": NAMES[axis] }, el("h3", {}, NAMES[axis]),
        list.length ? el.apply(null, ["ul", { class: "plain" }].concat(list)) : el("p", { class: "muted" }, "None."),
        more(axis, values.length, FEW));
    }));
  }
  function more(axis, all, few) {
    if (all <= few) return "";
    return el("button", { type: "button", class: "link", "data-key": "more " + axis, "aria-expanded": String(!!unfolded[axis]),
      on: function () { unfolded[axis] = !unfolded[axis]; update(); } }, unfolded[axis] ? "Show fewer" : "Show all " + number(all));
  }
  function facetRow(axis, value, n, most) {
    var bar = el("i", { class: "fill " + (axis === "severity" ? cube.values.severity[value] : ""), "aria-hidden": "true" });
    bar.style.width = Math.max(n ? 1 : 0, 100 * n / most) + "%";
    var change = sums[axis].new[value] - sums[axis].resolved[value];
    return el("button", { type: "button", class: "row", "data-key": axis + " " + value, "aria-pressed": String(chosen[axis].has(value)),
      on: function () { toggle(axis, value); } }, bar, el("span", { class: "name" }, named(axis, value)),
      data.before && change && state === "open" ? el("span", { class: change > 0 ? "delta up" : "delta down" }, signed(change)) : "",
      el("span", { class: "count" }, number(n)));
  }

  // ---- rules --------------------------------------------------------------------------------------------

  function worst(rule) { return data.rules[rule] ? data.rules[rule].severity : "note"; }
  function drawRules() {
    var values = ordered("rule"), shown = unfolded.rule ? values : values.slice(0, MANY);
    if (!values.length) return fill($("rules"), [el("p", { class: "muted" }, "No rule has findings like that.")]);
    var rows = shown.map(function (v) {
      var rule = data.rules[v], pressed = chosen.rule.has(v);
      return el("tr", {}, el("td", { class: "sev" }, badge(worst(v))),
        el("td", { class: "what" }, el("button", { type: "button", class: "link id", "data-key": "show " + v, "aria-haspopup": "dialog",
          on: function () { show(v); } }, named("rule", v)), el("span", { class: "muted title" }, rule.title)),
        count("open", v), count("new", v), count("resolved", v),
        el("td", { class: "act" }, el("button", { type: "button", class: "small", "data-key": "rule " + v, "aria-pressed": String(pressed),
          "aria-label": "Filter by " + named("rule", v), on: function () { toggle("rule", v); } }, "Filter")));
    });
    fill($("rules"), [table(["Severity", "Rule", "Open", "New", "Resolved", ""], rows, "rules"), more("rule", values.length, MANY) || null]);
  }
  function count(name, v) {
    var n = sums.rule[name][v];
    return el("td", { class: "num " + name + (n ? "" : " zero") }, number(n));
  }
  function table(heads, rows, kind) {
    var numeric = ["Open", "New", "Resolved", "Errors", "Warnings", "Notes", "Visited", "Run"];
    var head = heads.map(function (text) { return el("th", { scope: "col", class: numeric.indexOf(text) >= 0 ? "num" : "" },
      text || el("span", { class: "hidden" }, "Filter")); });
    return el("table", { class: kind }, el("thead", {}, el.apply(null, ["tr", {}].concat(head))),
      el.apply(null, ["tbody", {}].concat(rows)));
  }
  function fits(each) {
    return cube.axes.every(function (axis, a) { return axis === "rule" || !chosen[axis].size || chosen[axis].has(each.axes[a]); }) &&
      (!query || each.text.indexOf(query) >= 0);
  }
  function show(v) {
    var rule = data.rules[v], dialog = $("rule"), mine = examples.filter(function (each) { return each.axes[RULE] === v; });
    var matching = filtered() ? mine.filter(fits) : mine, narrowed = matching.length > 0 && matching.length < mine.length;
    var list = matching.length ? matching : mine;
    var doc = el("div", { class: "doc" });
    doc.innerHTML = rule.html; // made by dcmlint from Markdown without HTML; the policy of this page runs no script in it
    var table = sums.rule;
    fill(dialog, [
      el("form", { method: "dialog", class: "close" }, el("button", { "aria-label": "Close", autofocus: true }, "\u00d7")),
      el("h2", { id: "rule-title" }, badge(worst(v)), " ", named("rule", v)),
      el("p", { class: "lead" }, rule.title),
      el("p", { class: "muted" }, plural(table.open[v], "open finding") + ", " + number(table.new[v]) + " new, " +
        number(table.resolved[v]) + " resolved" + (filtered() ? " (with the filters in force)" : "")),
      el("p", {}, el("button", { type: "button", on: function () { dialog.close(); if (!chosen.rule.has(v)) toggle("rule", v); } }, "Filter by this rule")),
      el("h3", {}, "Examples" + (narrowed ? " that match the filters" : matching.length || !mine.length ? "" : " (none of those kept matches the filters)")),
      list.length ? el.apply(null, ["ul", { class: "examples" }].concat(list.map(example))) : el("p", { class: "muted" }, "There are none on this page."),
      el("h3", {}, "The rule"), doc,
      rule.citation ? el("p", {}, "Source: " + rule.citation) : null,
      rule.uri ? el("p", {}, el("a", { href: rule.uri, rel: "noreferrer noopener", target: "_blank" }, "Its page on the web")) : null
    ]);
    dialog.showModal();
    dialog.scrollTop = 0;
  }
  function example(each) {
    var about = ["modality", "device", "station", "sop_class", "month"].map(function (axis) {
      var value = each.axes[cube.axes.indexOf(axis)];
      return cube.values[axis][value] === OTHERS || cube.values[axis][value] === "" ? "" : named(axis, value);
    }).filter(Boolean).join(", ");
    function line(name, text) { return text ? el("div", {}, el("span", { class: "muted" }, name + " "), el("code", {}, text)) : ""; }
    return el("li", {}, el("div", {}, badge(cube.values.severity[each.axes[SEVERITY]]), " ",
        el("span", { class: "state " + each.state }, each.state), " ", each.message),
      line("at", [each.path, each.tag].filter(Boolean).join(" ")), line(each.scope || "", each.scope ? "group of instances" : ""),
      line("SOP Instance", each.uid), line("Series", each.series), line("Study", each.study), line("file", each.file),
      el("div", { class: "muted" }, about + (about ? "; " : "") + "first found in run " + each.first + (each.resolved ? ", resolved in run " + each.resolved : "")));
  }

  // ---- studies ------------------------------------------------------------------------------------------

  function drawStudies() {
    var found = studies.filter(function (study) {
      return Object.keys(study.axes).every(function (axis) {
        return !chosen[axis].size || Array.from(chosen[axis]).some(function (v) { return cube.values[axis][v] === study.axes[axis]; });
      }) && (!query || study.uid.indexOf(query) >= 0 || !/^[0-9.]{4,}$/.test(query)) && (state !== "new" || study.new);
    });
    $("studies-about").textContent = "The " + number(studies.length) + " studies with the most errors, then warnings, then notes" +
      (found.length < studies.length ? "; " + number(found.length) + " of them match. Filters by severity, rule and SOP Class do not apply here." : ".");
    var shown = unfolded.study ? found : found.slice(0, 10);
    var rows = shown.map(function (study) {
      return el("tr", {}, el("td", { class: "uid" }, el("code", {}, study.uid)),
        el("td", { class: "what" }, [study.axes.modality, study.axes.device, study.axes.station, study.axes.month].filter(Boolean).join(", ")),
        cell(study.error, "Errors"), cell(study.warning, "Warnings"), cell(study.note, "Notes"), cell(study.new, "New"));
    });
    fill($("studies"), found.length ? [table(["Study", "What", "Errors", "Warnings", "Notes", "New"], rows, "studies"),
      more("study", found.length, 10) || null] : [el("p", { class: "muted" }, "None.")]);
  }
  function cell(n, label) { return el("td", { class: "num" + (n ? "" : " zero"), "data-label": label }, number(n)); }

  // ---- charts (uPlot) -----------------------------------------------------------------------------------

  var charts = {};
  function color(name) { return getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim(); }
  function axis(values, size) {
    return { stroke: function () { return color("muted"); }, font: "12px system-ui, sans-serif", values: values, size: size,
      grid: { stroke: function () { return color("line"); }, width: 1 }, ticks: { show: false } };
  }
  function compact(u, ticks) { return ticks.map(function (n) { return n == null ? "" : Math.abs(n) >= 1000 ? (n / 1000).toLocaleString("en") + "k" : n.toLocaleString("en"); }); }
  function chart(id, labels, series, bars) {
    var node = $(id), xs = labels.map(function (_, i) { return i; });
    if (charts[id]) charts[id].destroy();
    node.replaceChildren();
    if (!labels.length) return node.append(el("p", { class: "muted" }, "Nothing to show."));
    var width = Math.max(200, node.clientWidth);
    node.setAttribute("role", "img");
    node.setAttribute("aria-label", series.map(function (each) {
      return each.label + ": " + number(each.values[0] || 0) + " (" + labels[0] + ") to " + number(each.values[each.values.length - 1] || 0) + " (" + labels[labels.length - 1] + ")";
    }).join("; "));
    charts[id] = new uPlot({
      width: width, height: 210, legend: { live: true }, cursor: { y: false, drag: { x: false, y: false } },
      scales: { x: { time: false, range: function (u, min, max) { return bars ? [min - 0.6, max + 0.6] : [min, Math.max(max, min + 1)]; } },
        y: { range: function (u, min, max) { return [0, Math.max(1, max * 1.08)]; } } },
      axes: [Object.assign(axis(function (u, at) { return at.map(function (i) { return Number.isInteger(i) ? labels[i] || "" : ""; }); }, 30),
        { incrs: [1, 2, 5, 10, 20, 50, 100], space: 64 }), axis(compact, 46)],
      series: [{ label: bars === "month" ? "Month" : "Run", value: function (u, i) { return i == null ? "" : labels[i]; } }].concat(series.map(function (each, n) {
        return { label: each.label, stroke: function () { return color(each.color); }, width: 2, value: function (u, v) { return v == null ? "" : number(v); },
          fill: bars ? function () { return color(each.color); } : undefined, points: { show: !bars && labels.length < 40, size: 5 },
          paths: bars ? uPlot.paths.bars({ size: series.length > 1 ? [0.4, 28] : [0.7, 40], align: series.length > 1 ? (n ? 1 : -1) : 0 }) : undefined };
      }))
    }, [xs].concat(series.map(function (each) { return each.values; })), node);
  }
  function drawTrend() {
    var runs = data.runs, labels = runs.map(function (run) { return "#" + run.id + " " + run.finished.slice(5, 10); });
    function of(name) { return runs.map(function (run) { return run[name]; }); }
    chart("chart-open", labels, [{ label: "Errors", color: "error", values: of("errors") }, { label: "Warnings", color: "warning", values: of("warnings") },
      { label: "Notes", color: "note", values: of("notes") }], false);
    // All that the first run of a store found is new: beside it, later runs would not be seen.
    var changes = runs.map(function (run) { return run.id === data.first && runs.length > 1 ? null : run["new"]; });
    chart("chart-change", labels, [{ label: "New", color: "new", values: changes }, { label: "Resolved", color: "resolved", values: of("resolved") }], "run");
  }
  function drawRunsTable() {
    fill($("runs-table"), [table(["Run", "Finished", "State", "Errors", "Warnings", "Notes", "New", "Resolved"], data.runs.slice().reverse().map(function (run) {
      return el("tr", {}, el("td", { class: "num" }, run.id), el("td", {}, when(run.finished)), el("td", {}, run.state), cell(run.errors), cell(run.warnings),
        cell(run.notes), cell(run.new), cell(run.resolved));
    }), "figures")]);
  }
  function drawMonths() {
    var months = [];
    cube.values.month.forEach(function (text, v) { if (/^\d{4}-\d{2}$/.test(text)) months.push([text, sums.month[state][v]]); });
    months.sort(function (a, b) { return a[0] < b[0] ? -1 : 1; });
    months = months.slice(-60);
    chart("chart-month", months.map(function (m) { return m[0]; }), [{ label: "Findings", color: "accent", values: months.map(function (m) { return m[1]; }) }], "month");
  }

  // ---- the page -----------------------------------------------------------------------------------------

  function dark() {
    var set = document.documentElement.getAttribute("data-theme");
    return set ? set === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  function drawTheme() {
    $("theme").setAttribute("aria-pressed", String(dark()));
    drawTrend();
    if (sums) drawMonths();
  }
  var waiting = 0;
  $("search").addEventListener("input", function () {
    clearTimeout(waiting);
    waiting = setTimeout(function () { query = $("search").value.trim().toLowerCase(); update(); }, 120);
  });
  document.querySelectorAll("#states input").forEach(function (input) {
    input.addEventListener("change", function () { state = input.value; update(); });
  });
  $("clear").addEventListener("click", function () { clear(); update(); $("search").focus(); });
  $("print").addEventListener("click", function () { window.print(); });
  $("theme").addEventListener("click", function () {
    document.documentElement.setAttribute("data-theme", dark() ? "light" : "dark");
    drawTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawTheme);
  $("rule").addEventListener("click", function (event) { if (event.target === $("rule")) $("rule").close(); });
  document.addEventListener("keydown", function (event) {
    if (event.key === "/" && !/^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName) && !$("rule").open) {
      event.preventDefault();
      $("search").focus();
    }
  });
  var resizing = 0;
  addEventListener("resize", function () {
    clearTimeout(resizing);
    resizing = setTimeout(function () { Object.keys(charts).forEach(function (id) {
      charts[id].setSize({ width: Math.max(200, $(id).clientWidth), height: 210 });
    }); }, 100);
  });
  addEventListener("beforeprint", function () { Object.keys(charts).forEach(function (id) { charts[id].setSize({ width: Math.min(640, $(id).clientWidth), height: 210 }); }); });
  fill($("notes"), data.notes.map(function (text) { return el("li", {}, text); }));
  top();
  drawRunsTable();
  update();
  drawTheme();
  document.documentElement.setAttribute("data-ready", "true");
})();
