// Panel types stat and gauge: a tile with a big number per series.

function stat(panel, board, place) {
  const lines = panel.lines && panel.lines.length ? panel.lines : [{ name: "", values: [], calcs: {} }];
  const options = panel.options || {};
  // Without the padding of the panel.
  const size = { width: place.clientWidth - 16, height: place.clientHeight - 8 };
  const across = options.orientation === "vertical" || (options.orientation !== "horizontal" && size.width >= size.height) || lines.length === 1;
  const grid = tiles(lines.length, size, across);
  const box = el("div", { class: "tiles", style: { gridTemplateColumns: `repeat(${grid.columns}, 1fr)`, gridTemplateRows: `repeat(${grid.rows}, 1fr)` } });
  place.append(box);
  const all = boundsOf(lines.map((line) => number(reduced(panel, line))));
  const texts = lines.map((line, i) => display(reduced(panel, line), config(panel, line), i, all));
  const naming = options.textMode === "name" || options.textMode === "value_and_name" || ((options.textMode || "auto") === "auto" && lines.length > 1);
  const tile = { width: size.width / grid.columns - 16, height: size.height / grid.rows - 4, naming, fontSize: 0 };
  const sparks = options.graphMode === "area" && lines.some((line) => line.values.length > 1);
  const room = tile.height * (sparks ? (naming ? 0.38 : 0.52) : naming ? 0.55 : 0.72);
  tile.fontSize = get(options, "text", "valueSize") || Math.min(...texts.map((t) => fit(t.text, tile.width, room, t.empty ? 24 : 64)));
  lines.forEach((line, i) => box.append(statTile(panel, line, texts[i], tile)));
  place.dataset.marks = lines.length;
}

// tiles arranges so many tiles in columns and rows that they are as square as can be.
function tiles(count, size, across) {
  let best = { columns: across ? count : 1, rows: across ? 1 : count, waste: Infinity };
  for (let columns = 1; columns <= count; columns++) {
    const rows = Math.ceil(count / columns);
    const [w, h] = [size.width / columns, size.height / rows];
    const waste = Math.abs(Math.log(w / h / 2.2)) + (columns * rows - count) * 0.4;
    if (waste < best.waste) best = { columns, rows, waste };
  }
  return best;
}

function statTile(panel, line, shown, tile) {
  const mode = get(panel.options, "colorMode") || "value", solid = mode.startsWith("background");
  const ink = solid ? readable(shown.color) : mode === "none" || shown.empty ? surface().text : shown.color;
  const sparks = get(panel.options, "graphMode") === "area" && line.values.length > 1;
  const node = el("div", { class: sparks ? "tile above" : "tile", style: { color: ink } });
  if (solid) node.style.background = mode === "background_solid" ? shown.color : `linear-gradient(120deg, ${mix(shown.color, "#000000", 0.34)}, ${mix(shown.color, "#000000", 0.12)})`;
  if (sparks) node.append(sparkline(line, solid ? ink : shown.color));
  const value = el("div", { class: "value", text: shown.text, style: { fontSize: tile.fontSize + "px" } });
  const name = el("div", { class: "name", text: line.name, style: { fontSize: fit(line.name || "-", tile.width, tile.height * 0.3, 16, 400) + "px" } });
  node.append(...(tile.naming ? (get(panel.options, "textMode") === "name" ? [name] : [name, value]) : [value]));
  return node;
}

function sparkline(line, stroke) {
  const values = line.values.map(number), { min, max } = boundsOf(values);
  const y = (v) => (max === min ? 20 : 38 - ((v - Math.min(min, 0 <= min && min < (max - min) ? 0 : min)) / (max - Math.min(min, 0 <= min && min < (max - min) ? 0 : min))) * 34);
  const runs = [[]];
  values.forEach((v, i) => (missing(v) || !Number.isFinite(v) ? runs[runs.length - 1].length && runs.push([]) : runs[runs.length - 1].push([(i / (values.length - 1)) * 100, y(v)])));
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 100 40");
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("class", "spark");
  const path = (d, attributes) => {
    const p = document.createElementNS("http://www.w3.org/2000/svg", "path");
    for (const [key, value] of Object.entries({ d, "vector-effect": "non-scaling-stroke", ...attributes })) p.setAttribute(key, value);
    svg.append(p);
  };
  for (const run of runs.filter((r) => r.length > 1)) {
    const top = run.map(([px, py]) => `${px.toFixed(2)} ${py.toFixed(2)}`).join("L");
    path(`M${top}L${run[run.length - 1][0]} 40L${run[0][0]} 40Z`, { fill: alpha(stroke, 0.2), stroke: "none" });
    path(`M${top}`, { fill: "none", stroke: alpha(stroke, 0.9), "stroke-width": 1.5 });
  }
  return svg;
}
