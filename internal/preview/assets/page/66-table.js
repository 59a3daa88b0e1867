// Panel type table.

function table(panel, board, place) {
  const { columns, rows } = panel.table;
  const settings = columns.map((c) => c.config || panel.config || {});
  const all = columns.map((c, i) => boundsOf(rows.map((row) => (c.kind === "number" ? number(row[i]) : null))));
  const widths = columnWidths(panel.table, settings, all, place.clientWidth - 16);
  const head = el("tr", {}, ...columns.map((c, i) => el("th", { text: c.name, class: side(c, settings[i]) })));
  const body = rows.map((row) => el("tr", {}, ...row.map((value, i) => cell(value, columns[i], settings[i], all[i]))));
  place.append(el("div", { class: "table" }, el("table", widths ? { style: { tableLayout: "fixed" } } : {},
    widths ? el("colgroup", {}, ...widths.map((w) => el("col", { style: { width: w + "px" } }))) : null, get(panel.options, "showHeader") === false ? null : el("thead", {}, head), el("tbody", {}, ...body))));
  place.dataset.marks = rows.length;
}

// columnWidths gives numbers what they need, and texts a share of the rest by their length, so that a long
// name does not push a number out of the panel. Undefined: there is not even room for the numbers.
function columnWidths({ columns, rows }, settings, all, room) {
  const text = (value, i) => (columns[i].kind === "number" ? display(value, settings[i], 0, all[i]).text : columns[i].kind === "time" ? moment(value) : String(value ?? ""));
  // The digits of a page are all equally wide, which those that are measured are not.
  const need = columns.map((c, i) => 20 + 1.12 * Math.max(textWidth(c.name, 13, 500), ...rows.map((row) => textWidth(text(row[i], i), 13, 500))));
  const fixed = columns.map((c, i) => get(settings[i], "custom", "width") || (c.kind === "text" ? 0 : need[i]));
  const rest = room - fixed.reduce((a, b) => a + b, 0);
  const wanted = need.reduce((n, w, i) => n + (fixed[i] ? 0 : w), 0);
  if (wanted === 0 ? rest < 0 : rest < 60) return undefined;
  const spare = wanted === 0 ? rest / columns.length : 0;
  return fixed.map((w, i) => (w ? w + spare : (need[i] / wanted) * rest));
}

const side = (column, settings) => {
  const align = get(settings, "custom", "align") || "auto";
  return align === "auto" ? (column.kind === "number" ? "right" : "left") : align;
};

function cell(value, column, settings, bounds) {
  if (column.kind === "time") return el("td", { text: missing(value) ? "" : moment(value), class: side(column, settings) });
  const shown = column.kind === "number" ? display(value, settings, 0, bounds) : textCell(value, settings);
  const kind = get(settings, "custom", "cellOptions", "type") || get(settings, "custom", "displayMode") || "auto";
  const td = el("td", { class: side(column, settings) });
  const link = (get(settings, "links") || []).map((l) => String(l.url)).find((url) => /^https?:\/\/[^$]*$/.test(url));
  if (kind === "gauge" && column.kind === "number" && !missing(value)) {
    const max = get(settings, "max") ?? bounds.max ?? 1, min = get(settings, "min") ?? Math.min(0, bounds.min ?? 0);
    const share = Math.min(Math.max((number(value) - min) / (max - min || 1), 0), 1);
    td.append(el("span", { class: "cell-gauge" }, el("span", { class: "bar-track shown" },
      el("i", { class: "bar", style: { width: share * 100 + "%", background: shown.color } })), el("b", { text: shown.text, style: { color: shown.color } })));
    return td;
  }
  td.append(link ? anchor(shown.text, link) : shown.text);
  if (kind === "color-text" || kind === "color-background" && !shown.color) td.style.color = shown.color || "";
  if (kind.startsWith("color-background") && shown.color) Object.assign(td.style, { background: shown.color, color: readable(shown.color) });
  return td;
}

function textCell(value, settings) {
  for (const mapping of get(settings, "mappings") || []) {
    const result = matches(mapping, missing(value) ? null : value);
    if (result) return { text: result.text || value, color: result.color && color(result.color) };
  }
  return { text: missing(value) ? "" : String(value) };
}
