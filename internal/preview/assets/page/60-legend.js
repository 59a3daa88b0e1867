// The legend below or beside a picture: a list of names, or a table with numbers.

function legend(panel, entries, place) {
  const options = get(panel.options, "legend") || {};
  if (options.showLegend === false || options.displayMode === "hidden" || entries.length === 0) return;
  const calcs = entries.some((e) => e.line) ? options.calcs || [] : [];
  entries = sortedBy(options, calcs, entries);
  const node = options.displayMode === "table" || calcs.length > 2 ? legendTable(entries, calcs) : legendList(entries, calcs);
  node.classList.add("legend");
  place.classList.toggle("beside", options.placement === "right");
  place.append(node);
}

// sortedBy orders a table as Grafana does, by the title of one of its numbers; who has none comes last.
function sortedBy(options, calcs, entries) {
  if (options.displayMode !== "table" || !options.sortBy) return entries;
  const sign = options.sortDesc ? -1 : 1;
  if (options.sortBy === "Name") return [...entries].sort((a, b) => sign * a.name.localeCompare(b.name));
  const calc = calcs.find((c) => (calcNames[c] || c) === options.sortBy);
  if (!calc) return entries;
  const value = (e) => number(get(e.line, "calcs", calc));
  return [...entries].sort((a, b) => missing(value(a)) - missing(value(b)) || sign * (value(a) - value(b)) || 0);
}

const swatch = (entry) => el("i", { class: "swatch" + (entry.dashed ? " dashed" : ""), style: entry.dashed ? { borderColor: entry.color } : { background: entry.color } });
const calcText = (entry, calc) => {
  const value = number(get(entry.line, "calcs", calc));
  return missing(value) ? "" : display(value, entry.config).text;
};

function legendList(entries, calcs) {
  return el("div", { class: "legend-list" }, ...entries.map((e) =>
    el("span", { class: "legend-item" }, swatch(e), el("span", { text: e.name }),
      ...calcs.map((calc) => el("span", { class: "legend-calc", text: `${calcNames[calc] || calc}: ${calcText(e, calc)}` })))));
}

function legendTable(entries, calcs) {
  const head = el("tr", {}, el("th", { class: "name", text: "Name" }), ...calcs.map((calc) => el("th", { text: calcNames[calc] || calc })));
  return el("div", { class: "legend-table" }, el("table", {}, el("thead", {}, head), el("tbody", {}, ...entries.map((e) =>
    el("tr", {}, el("td", { class: "name" }, swatch(e), el("span", { text: e.name })), ...calcs.map((calc) => el("td", { text: calcText(e, calc) })))))));
}
