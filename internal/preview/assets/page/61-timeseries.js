// Panel type timeseries: lines, bars and points over time.

function timeseries(panel, board, place) {
  const lines = (panel.lines || []).filter((line) => !get(config(panel, line), "custom", "hideFrom", "viz"));
  const chart = el("div", { class: "chart" });
  place.append(chart);
  const entries = lines.map((line, i) => seriesOf(panel, line, i));
  legend(panel, entries.filter((e) => !get(e.config, "custom", "hideFrom", "legend")), place);
  const data = align(lines);
  const shown = stack(entries, data);
  plot({
    scales: { x: { time: true, range: [panel.from || board.from, panel.to || board.to] }, ...valueScales(entries) },
    axes: [timeAxis(), ...valueAxes(entries)],
    series: [{}, ...entries.map((e) => e.series)],
    bands: shown.bands,
    cursor: cursor(board),
    hooks: {
      drawClear: [(u) => thresholdAreas(u, entries)],
      drawAxes: [(u) => drawAnnotations(u, board.annotations)],
      draw: [(u) => thresholdLines(u, entries)],
    },
    plugins: [tooltip((u, idx) => tipRows(panel, entries, data, idx))],
  }, shown.data, chart, lines.reduce((n, line) => n + line.values.filter((v) => !missing(v)).length, 0));
}

const cursor = (board) => ({
  drag: { x: false, y: false }, points: { size: 6, width: 1 }, focus: { prox: 24 },
  sync: board.tooltip > 0 ? { key: board.uid || board.title, setSeries: false } : undefined,
});

// align brings series of different steps onto one list of times.
function align(lines) {
  const tables = new Map();
  for (const line of lines) {
    const key = `${line.start}/${line.step}/${line.values.length}`;
    if (!tables.has(key)) tables.set(key, [line.values.map((_, i) => line.start + i * (line.step || 0))]);
    tables.get(key).push(line.values.map((v) => (Number.isFinite(number(v)) ? number(v) : null)));
  }
  if (tables.size === 0) return [[]];
  const all = [...tables.values()];
  if (all.length === 1) return all[0];
  // A value another series has no time for is no gap in its own line: uPlot draws across undefined.
  const joined = uPlot.join(all);
  const at = new Map([...tables.keys()].map((key, i) => [key, 1 + all.slice(0, i).reduce((n, t) => n + t.length - 1, 0)]));
  return [joined[0], ...lines.map((line) => {
    const key = `${line.start}/${line.step}/${line.values.length}`;
    const index = at.get(key);
    at.set(key, index + 1);
    return joined[index];
  })];
}

function seriesOf(panel, line, i) {
  const settings = config(panel, line), custom = get(settings, "custom") || {};
  const stroke = lineColor(line, settings, i);
  const unit = get(settings, "unit") || "none";
  const dash = get(custom, "lineStyle", "fill") === "dash" ? get(custom, "lineStyle", "dash") || [10, 10] : undefined;
  const opacity = (custom.fillOpacity ?? 0) / 100;
  const bars = custom.drawStyle === "bars";
  const series = {
    label: line.name, scale: custom.axisPlacement === "right" ? unit + " right" : unit, stroke, dash,
    width: custom.drawStyle === "points" ? 0 : custom.lineWidth ?? 1, paths: paths(custom),
    fill: opacity > 0 ? fillOf(stroke, opacity, custom.gradientMode) : bars ? stroke : undefined,
    spanGaps: custom.spanNulls === true, points: points(custom, stroke),
  };
  return { line, name: line.name, config: settings, custom, color: stroke, series, unit, dashed: Boolean(dash) };
}

function lineColor(line, settings, i) {
  const mode = get(settings, "color", "mode") || "palette-classic";
  if (mode === "fixed" || mode === "shades") return color(get(settings, "color", "fixedColor") || "green");
  const values = line.values.map(number).filter((v) => !missing(v));
  if (mode === "thresholds" || continuous[mode]) return modeColor(values[values.length - 1], settings, i, boundsOf(values));
  return color(classic[i % classic.length]);
}

function fillOf(stroke, opacity, mode) {
  if (mode !== "opacity" && mode !== "hue" && mode !== "scheme") return alpha(stroke, opacity);
  return (u) => {
    const g = u.ctx.createLinearGradient(0, u.bbox.top, 0, u.bbox.top + u.bbox.height);
    g.addColorStop(0, alpha(stroke, opacity));
    g.addColorStop(1, alpha(stroke, 0));
    return g;
  };
}

function paths(custom) {
  if (custom.drawStyle === "points") return () => null;
  if (custom.drawStyle === "bars") return uPlot.paths.bars({ size: [custom.barWidthFactor ?? 0.6, 100], align: custom.barAlignment ?? 0 });
  if (custom.lineInterpolation === "smooth") return uPlot.paths.spline();
  if (custom.lineInterpolation === "stepAfter") return uPlot.paths.stepped({ align: 1 });
  if (custom.lineInterpolation === "stepBefore") return uPlot.paths.stepped({ align: -1 });
  return uPlot.paths.linear();
}

// points: "auto" shows them where they are far apart, and always those that no line leads to.
function points(custom, stroke) {
  const size = custom.pointSize ?? 5;
  if (custom.drawStyle === "bars") return { show: false };
  if (custom.showPoints === "always" || custom.drawStyle === "points") return { show: true, size, fill: stroke, stroke };
  const lonely = (u, i) => {
    const values = u.data[i], out = [];
    for (let j = 0; j < values.length; j++) {
      if (!missing(values[j]) && missing(values[j - 1]) && missing(values[j + 1])) out.push(j);
    }
    return out;
  };
  return { show: custom.showPoints === "never" ? false : undefined, size, fill: stroke, stroke,
    filter: (u, i, show) => (show ? null : lonely(u, i)) };
}

function valueScales(entries) {
  const scales = {};
  for (const e of entries) {
    const key = e.series.scale;
    if (scales[key]) continue;
    const all = entries.filter((other) => other.series.scale === key);
    const setting = (name) => all.map((other) => get(other.config, name)).find((v) => !missing(v));
    const soft = (name) => all.map((other) => get(other.custom, name)).find((v) => !missing(v));
    const log = get(e.custom, "scaleDistribution", "type") === "log";
    const [hardMin, hardMax, softMin, softMax] = [setting("min"), setting("max"), soft("axisSoftMin"), soft("axisSoftMax")];
    scales[key] = log ? { distr: 3, log: get(e.custom, "scaleDistribution", "log") === 2 ? 2 : 10 } : {
      range: (u, min, max) => {
        if (min === null) return [hardMin ?? softMin ?? 0, hardMax ?? softMax ?? 1];
        if (min === 0 && max === 0) return [hardMin ?? 0, hardMax ?? Math.max(softMax ?? 0, 1)];
        const out = uPlot.rangeNum(min, max, {
          min: { pad: 0.1, hard: hardMin ?? -Infinity, soft: softMin ?? 0, mode: softMin === undefined ? 3 : 1 },
          max: { pad: 0.1, hard: hardMax ?? Infinity, soft: softMax ?? 0, mode: softMax === undefined ? 3 : 1 },
        });
        return [hardMin ?? out[0], hardMax ?? Math.max(out[1], (hardMin ?? out[0]) + 1e-9)];
      },
    };
  }
  return scales;
}

function valueAxes(entries) {
  const axes = [], seen = new Set();
  for (const e of entries) {
    if (seen.has(e.series.scale) || e.custom.axisPlacement === "hidden") continue;
    seen.add(e.series.scale);
    const right = e.custom.axisPlacement === "right" || (e.custom.axisPlacement !== "left" && axes.length > 0);
    axes.push(valueAxis(e.config, e.series.scale, right ? 1 : 3));
  }
  return axes;
}

// stack adds up the series of each stacking group; the pictures show sums, legend and tooltip the values.
function stack(entries, data) {
  const out = [data[0]], bands = [], groups = new Map();
  entries.forEach((e, i) => {
    const mode = get(e.custom, "stacking", "mode");
    const values = data[i + 1];
    if (mode !== "normal" && mode !== "percent") {
      out.push(values);
      return;
    }
    const key = get(e.custom, "stacking", "group") || "A";
    const below = groups.get(key);
    let share = (v) => v;
    if (mode === "percent") {
      const totals = values.map((_, j) => entries.reduce((n, other, k) => n + (get(other.custom, "stacking", "mode") === mode ? data[k + 1][j] || 0 : 0), 0));
      share = (v, j) => (totals[j] ? v / totals[j] : 0);
    }
    const sums = values.map((v, j) => (missing(v) ? (below ? below.sums[j] : null) : share(v, j) + ((below && below.sums[j]) || 0)));
    if (below) bands.push({ series: [i + 1, below.index], fill: e.series.fill });
    groups.set(key, { sums, index: i + 1 });
    out.push(sums);
  });
  return { data: out, bands };
}

function thresholdsOf(entries) {
  const out = [];
  for (const e of entries) {
    const style = get(e.custom, "thresholdsStyle", "mode") || "off";
    if (style === "off" || out.some((o) => o.scale === e.series.scale)) continue;
    const steps = get(e.config, "thresholds", "steps") || [];
    const percent = get(e.config, "thresholds", "mode") === "percentage";
    const at = (v) => (percent ? (e.config.min ?? 0) + ((e.config.max ?? 100) - (e.config.min ?? 0)) * (v / 100) : v);
    out.push({ style, scale: e.series.scale, steps: steps.map((s) => ({ ...s, value: missing(s.value) ? null : at(s.value) })) });
  }
  return out;
}

function thresholdAreas(u, entries) {
  const { ctx, bbox } = u;
  for (const t of thresholdsOf(entries)) {
    if (!t.style.includes("area")) continue;
    t.steps.forEach((step, i) => {
      const y = (v, otherwise) => (missing(v) ? otherwise : Math.min(Math.max(u.valToPos(v, t.scale, true), bbox.top), bbox.top + bbox.height));
      const low = y(step.value, bbox.top + bbox.height), high = y(get(t.steps[i + 1], "value"), bbox.top);
      ctx.fillStyle = alpha(color(step.color), step.color === "transparent" ? 0 : 0.1);
      if (step.color !== "transparent") ctx.fillRect(bbox.left, high, bbox.width, low - high);
    });
  }
}

function thresholdLines(u, entries) {
  const { ctx, bbox } = u;
  for (const t of thresholdsOf(entries)) {
    if (t.style === "area") continue;
    for (const step of t.steps) {
      if (missing(step.value) || step.color === "transparent") continue;
      const y = Math.round(u.valToPos(step.value, t.scale, true));
      if (y < bbox.top || y > bbox.top + bbox.height) continue;
      ctx.save();
      ctx.strokeStyle = alpha(color(step.color), 0.9);
      ctx.lineWidth = 1.5 * devicePixelRatio;
      if (t.style.startsWith("dashed")) ctx.setLineDash([8 * devicePixelRatio, 6 * devicePixelRatio]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y);
      ctx.lineTo(bbox.left + bbox.width, y);
      ctx.stroke();
      ctx.restore();
    }
  }
}

function tipRows(panel, entries, data, idx) {
  const rows = entries.map((e, i) => ({ name: e.name, color: e.color, value: data[i + 1][idx], e })).filter((row) => !missing(row.value));
  const sort = get(panel.options, "tooltip", "sort");
  if (sort === "desc") rows.sort((a, b) => b.value - a.value);
  if (sort === "asc") rows.sort((a, b) => a.value - b.value);
  return rows.map((row) => ({ ...row, text: display(row.value, row.e.config).text }));
}
