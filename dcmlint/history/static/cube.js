"use strict";
// The cube of the page: numbers of findings by rule, severity, modality, device, station, SOP Class, month.
var Cube = (function () {
  var STATES = ["open", "new", "resolved"];

  function bytes(text) {
    var raw = atob(text), out = new Uint8Array(raw.length);
    for (var i = 0; i < raw.length; i++) out[i] = raw.charCodeAt(i);
    return out;
  }

  function column(packed) {
    // [bytes of a number, base64], little-endian whatever the machine is.
    var size = packed[0], raw = bytes(packed[1]), n = raw.length / size, out = new Uint32Array(n);
    for (var i = 0; i < n; i++)
      for (var b = size - 1; b >= 0; b--) out[i] = out[i] * 256 + raw[i * size + b];
    return out;
  }

  function spread(pairs, cells) {
    var out = new Uint32Array(cells);
    for (var i = 0; i < pairs.length; i += 2) out[pairs[i]] = pairs[i + 1];
    return out;
  }

  function Cube(packed) {
    this.cells = packed.cells;
    this.axes = Object.keys(packed.values);
    this.values = packed.values;
    this.columns = this.axes.map(function (axis) { return column(packed.columns[axis]); });
    this.weights = {
      open: column(packed.open),
      new: spread(column(packed["new"]), packed.cells),
      resolved: spread(column(packed.resolved), packed.cells)
    };
  }

  // Sums of all states by the values of each axis. A value's own axis does not limit it, so that more of it
  // can be chosen. `chosen` has a Set of value numbers by axis, `rules` is null or 1 for each rule that was searched.
  Cube.prototype.sums = function (chosen, rules) {
    var self = this, limits = [], out = { total: { open: 0, new: 0, resolved: 0 } };
    this.axes.forEach(function (axis, a) {
      out[axis] = {};
      STATES.forEach(function (state) { out[axis][state] = new Float64Array(self.values[axis].length); });
      if (chosen[axis] && chosen[axis].size) {
        var mask = new Uint8Array(self.values[axis].length);
        chosen[axis].forEach(function (value) { mask[value] = 1; });
        limits.push({ axis: a, column: self.columns[a], mask: mask });
      }
    });
    var tables = this.axes.map(function (axis) { return out[axis]; });
    var rule = this.columns[this.axes.indexOf("rule")], w = this.weights, total = out.total;
    for (var c = 0; c < this.cells; c++) {
      if (rules && !rules[rule[c]]) continue;
      var failed = -1, failures = 0;
      for (var l = 0; l < limits.length; l++)
        if (!limits[l].mask[limits[l].column[c]]) { failed = limits[l].axis; if (++failures > 1) break; }
      if (failures > 1) continue;
      var o = w.open[c], n = w.new[c], r = w.resolved[c];
      if (!failures) { total.open += o; total.new += n; total.resolved += r; }
      var first = failures ? failed : 0, last = failures ? failed : tables.length - 1;
      for (var a = first; a <= last; a++) {
        var value = this.columns[a][c], table = tables[a];
        table.open[value] += o; table.new[value] += n; table.resolved[value] += r;
      }
    }
    return out;
  };

  Cube.STATES = STATES;
  return Cube;
})();
