// Panel types state-timeline and status-history: a strip of colours per series.

function timeline(panel, board, place) {
  const lines = panel.lines || [];
  const chart = el("div", { class: "chart" });
  place.append(chart);
  const merge = panel.type === "state-timeline" && get(panel.options, "mergeValues") !== false;
  const strips = lines.map((line, i) => segments(line, config(panel, line), i, merge));
  const states = new Map();
  for (const strip of strips) for (const s of strip) if (!states.has(s.text)) states.set(s.text, s.color);
  legend(panel, [...states].sort().map(([name, c]) => ({ name, color: c })), place);
  const data = align(lines);
  const rows = lines.length;
  const widest = Math.max(80, chart.getBoundingClientRect().width * 0.36);
  const labels = (u, splits) => splits.map((v) => shortened(get(lines[rows - 1 - v], "name") || "", widest - 16));
  plot({
    scales: { x: { time: true, range: [panel.from || board.from, panel.to || board.to] }, y: { range: [-0.5, rows - 0.5] } },
    axes: [timeAxis(), { ...valueAxis({}, "y", 3, labels), splits: () => lines.map((_, i) => i), size: (u, values) =>
      Math.max(40, ...(values || []).map((v) => textWidth(v, 12) + 16)), grid: { show: false } }],
    series: [{}, ...lines.map(() => ({ scale: "y", show: true, paths: () => null, points: { show: false } }))],
    cursor: cursor(board),
    hooks: { drawAxes: [(u) => drawStrips(u, strips, panel), (u) => drawAnnotations(u, board.annotations)] },
    plugins: [tooltip((u, idx) => stripRows(u, lines, strips, idx))],
  }, data, chart, strips.reduce((n, strip) => n + strip.length, 0));
}

// segments are the stretches of a series with the same text; each value lasts one step.
function segments(line, settings, index, merge) {
  const out = [];
  const all = boundsOf(line.values.map(number));
  line.values.forEach((value, i) => {
    const shown = display(value, settings, index, all);
    if (missing(number(value)) && !shown.mapped) return;
    const from = line.start + i * (line.step || 60), to = from + (line.step || 60);
    const last = out[out.length - 1];
    if (merge && last && last.to === from && last.text === shown.text && last.color === shown.color) last.to = to;
    else out.push({ from, to, text: shown.text, color: shown.color });
  });
  return out;
}

function drawStrips(u, strips, panel) {
  const { ctx, bbox } = u, ratio = devicePixelRatio;
  const share = get(panel.options, "rowHeight") ?? 0.9, writes = get(panel.options, "showValue") || "auto";
  const opacity = (get(panel.config, "custom", "fillOpacity") ?? 70) / 100;
  const height = (bbox.height / strips.length) * share;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.font = font(12 * ratio, 500);
  ctx.textBaseline = "middle";
  ctx.textAlign = "center";
  strips.forEach((strip, row) => {
    const middle = u.valToPos(strips.length - 1 - row, "y", true);
    for (const s of strip) {
      const left = Math.max(u.valToPos(s.from, "x", true), bbox.left), right = Math.min(u.valToPos(s.to, "x", true), bbox.left + bbox.width);
      if (right <= left) continue;
      const fill = mix(surface().background, s.color, opacity);
      ctx.fillStyle = fill;
      ctx.fillRect(left, middle - height / 2, Math.max(right - left - (strip.length > 1 ? ratio : 0), ratio), height);
      if (writes === "never" || height < 14 * ratio) continue;
      if (ctx.measureText(s.text).width + 10 * ratio > right - left && writes !== "always") continue;
      ctx.fillStyle = readable(fill);
      ctx.fillText(s.text, (left + right) / 2, middle);
    }
  });
  ctx.restore();
}

function stripRows(u, lines, strips, idx) {
  const t = u.data[0][idx];
  const at = strips.map((strip) => strip.find((s) => s.from <= t && t < s.to));
  return lines.map((line, i) => at[i] && { name: line.name, color: at[i].color, text: at[i].text }).filter(Boolean);
}
