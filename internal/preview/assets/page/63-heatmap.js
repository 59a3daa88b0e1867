// Panel type heatmap: a cell per bucket and step, coloured by its count.

// Schemes from the lowest to the highest, as d3 names them; for the dark theme.
const schemes = {
  Oranges: ["#fff5eb", "#fdd0a2", "#fd8d3c", "#d94801", "#7f2704"], Blues: ["#f7fbff", "#c6dbef", "#6baed6", "#2171b5", "#08306b"],
  Greens: ["#f7fcf5", "#c7e9c0", "#74c476", "#238b45", "#00441b"], Reds: ["#fff5f0", "#fcbba1", "#fb6a4a", "#cb181d", "#67000d"],
  Purples: ["#fcfbfd", "#dadaeb", "#9e9ac8", "#6a51a3", "#3f007d"], Greys: ["#ffffff", "#d9d9d9", "#969696", "#525252", "#000000"],
  Spectral: ["#9e0142", "#f46d43", "#fee08b", "#ffffbf", "#e6f598", "#66c2a5", "#5e4fa2"],
  RdYlGn: ["#a50026", "#f46d43", "#fee08b", "#d9ef8b", "#66bd63", "#006837"], RdYlBu: ["#a50026", "#f46d43", "#fee090", "#e0f3f8", "#74add1", "#313695"],
  YlOrRd: ["#ffffcc", "#fed976", "#fd8d3c", "#e31a1c", "#800026"], YlGnBu: ["#ffffd9", "#c7e9b4", "#41b6c4", "#225ea8", "#081d58"],
  Turbo: ["#30123b", "#4662d7", "#1ae4b6", "#a4fc3c", "#faba39", "#e44208", "#7a0403"],
  Viridis: ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"], Inferno: ["#000004", "#57106e", "#bc3754", "#f98e09", "#fcffa4"],
  Magma: ["#000004", "#51127c", "#b73779", "#fc8961", "#fcfdbf"], Plasma: ["#0d0887", "#7e03a8", "#cc4778", "#f89540", "#f0f921"],
};

function heatmap(panel, board, place) {
  const { start, step } = panel.heat, rows = trim(panel.heat.rows);
  const chart = el("div", { class: "chart" });
  place.append(chart);
  const paint = heatColors(panel, rows);
  if (get(panel.options, "legend", "show") !== false) place.append(scale(panel, paint));
  const times = (rows[0] ? rows[0].values : []).map((_, i) => start + i * step);
  const settings = { unit: get(panel.options, "yAxis", "unit"), decimals: get(panel.options, "yAxis", "decimals") };
  const bound = (row) => (row && row.bound !== null ? format(number(row.bound), settings.unit, settings.decimals) : get(row, "name") || "");
  const labels = (u, splits) => splits.map((v) => bound(rows[v - 1]));
  const every = Math.max(1, Math.ceil((rows.length * 18) / Math.max(chart.getBoundingClientRect().height - 30, 1)));
  plot({
    scales: { x: { time: true, range: [board.from, board.to] }, y: { range: [0, rows.length] } },
    axes: [timeAxis(), { ...valueAxis({}, "y", 3, labels), splits: () => rows.map((_, i) => i + 1).filter((i) => i % every === 0), grid: { show: false } }],
    series: [{}, ...rows.map(() => ({ scale: "y", paths: () => null, points: { show: false } }))],
    cursor: cursor(board),
    hooks: { drawAxes: [(u) => drawCells(u, rows, times, step, paint), (u) => drawAnnotations(u, board.annotations)] },
    plugins: [tooltip((u, idx, event) => {
      const row = Math.floor(u.posToVal(u.cursor.top, "y")), value = number(get(rows[row], "values", idx));
      if (missing(value) || !event) return [];
      const name = `${row > 0 ? bound(rows[row - 1]) : "0"} – ${bound(rows[row])}`;
      return [{ name, color: paint.color(value), text: format(value, countUnit(panel), null) }];
    })],
  }, [times, ...rows.map((row) => row.values.map((v) => (missing(v) ? null : 0)))], chart,
  rows.reduce((n, row) => n + row.values.filter((v) => number(v) > 0).length, 0));
}

// countUnit is that of the cells; the unit of the field is that of the buckets.
const countUnit = (panel) => get(panel.options, "cellValues", "unit") || "short";

// trim drops the buckets at both ends that never count anything, but keeps one.
function trim(rows) {
  const used = rows.map((row) => row.values.some((v) => number(v) > 0));
  const from = Math.max(used.indexOf(true) - 1, 0), to = Math.min(used.lastIndexOf(true) + 2, rows.length);
  return used.includes(true) ? rows.slice(from, to) : rows;
}

function heatColors(panel, rows) {
  const options = get(panel.options, "color") || {};
  let max = options.max ?? 0;
  if (missing(options.max)) for (const row of rows) for (const v of row.values) if (!missing(v) && number(v) < Infinity) max = Math.max(max, number(v));
  const exponent = options.exponent ?? 0.5, least = get(panel.options, "filterValues", "le") ?? 1e-9;
  let colors = schemes[options.scheme] || schemes.Oranges;
  // A scheme from light to dark is turned round on a dark page, so that much stands out on both.
  const [first, last] = [colors[0], colors[colors.length - 1]].map((c) => rgb(c).reduce((a, b) => a + b));
  if ((theme.name === "dark") === (first > last) !== Boolean(options.reverse)) colors = [...colors].reverse();
  if (options.mode === "opacity") colors = ["@background", options.fill || "dark-orange"];
  const share = (v) => (max ? (v / max) ** exponent : 0);
  return { max, least, color: (v) => gradient(colors, share(v)) };
}

function drawCells(u, rows, times, step, paint) {
  const { ctx, bbox } = u;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  rows.forEach((row, r) => {
    const top = Math.round(u.valToPos(r + 1, "y", true)), bottom = Math.round(u.valToPos(r, "y", true));
    row.values.forEach((v, i) => {
      v = number(v);
      if (missing(v) || v <= paint.least) return;
      const left = Math.round(u.valToPos(times[i] - step, "x", true)), right = Math.round(u.valToPos(times[i], "x", true));
      ctx.fillStyle = paint.color(v);
      // Narrow cells touch: the gaps would be half of the picture.
      ctx.fillRect(left, top, Math.max(right - left - (right - left > 5 * devicePixelRatio ? devicePixelRatio : 0), 1), Math.max(bottom - top - devicePixelRatio, 1));
    });
  });
  ctx.restore();
}

function scale(panel, paint) {
  const stops = Array.from({ length: 11 }, (_, i) => paint.color((i / 10) * paint.max));
  return el("div", { class: "legend heat-scale" }, el("span", { text: "0" }),
    el("i", { style: { background: `linear-gradient(90deg, ${stops.join(", ")})` } }),
    el("span", { text: format(paint.max, countUnit(panel), null) }));
}
