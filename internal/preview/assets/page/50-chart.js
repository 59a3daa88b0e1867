// What all pictures over time share: the axes, the tooltip, the marks in time.

const font = (size, weight = 400) => `${weight} ${size}px Inter, sans-serif`;
const day = 86400;

// timeLabels writes the ticks of the time axis; all times are UTC.
function timeLabels(u, splits, axis, space, step) {
  let last = "";
  return splits.map((t) => {
    const d = new Date(t * 1000);
    const date = `${pad(d.getUTCMonth() + 1)}/${pad(d.getUTCDate())}`;
    const clock = `${pad(d.getUTCHours())}:${pad(d.getUTCMinutes())}` + (step < 60 ? `:${pad(d.getUTCSeconds())}` : "");
    if (step >= day) return date;
    const long = u.scales.x.max - u.scales.x.min > day;
    const text = long && date !== last && clock.startsWith("00:00") ? date : clock;
    last = date;
    return text;
  });
}

function timeAxis() {
  return {
    stroke: surface().weak, font: font(12), size: 26, gap: 6, space: 76, values: timeLabels,
    grid: { stroke: surface().grid, width: 1 }, ticks: { stroke: surface().grid, width: 1, size: 4 },
  };
}

// Steps between ticks that read well in a unit; undefined: uPlot's own, which are decimal.
function tickSteps(unit) {
  if (["bytes", "bits", "binBps", "binbps"].includes(unit)) return Array.from({ length: 60 }, (_, i) => 2 ** (i - 4));
  const seconds = { s: 1, ms: 1e-3, m: 60, h: 3600 }[unit];
  if (!seconds) return undefined;
  const short = [];
  for (let power = 1e-9; power < 0.9; power *= 10) short.push(power, 2 * power, 5 * power);
  return short.concat([1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, day, 2 * day, 7 * day, 14 * day, 28 * day])
    .map((s) => s / seconds);
}

// valueAxis is a y axis wide enough for its longest label.
function valueAxis(settings, scale, side, labels) {
  const unit = get(settings, "unit"), custom = get(settings, "custom") || {};
  const write = labels || ((u, splits) => splits.map((v) => (v === null ? "" : axisText(v, splits, settings))));
  return {
    scale, side, stroke: surface().weak, font: font(12), gap: 6, label: custom.axisLabel || undefined, labelFont: font(12), labelSize: 18,
    incrs: labels ? undefined : tickSteps(unit), space: 34, values: write,
    size: (u, values) => Math.max(34, ...(values || []).map((v) => textWidth(v || "", 12) + 16)),
    grid: { stroke: surface().grid, width: 1, show: side === 3 && custom.axisGridShow !== false }, ticks: { show: false },
  };
}

// decimalsOf is how many decimals tell ticks of this distance apart: 2 for 0.25.
function decimalsOf(step) {
  for (let n = 0; n < 12; n++) {
    const scaledUp = step * 10 ** n;
    if (Math.abs(scaledUp - Math.round(scaledUp)) < 1e-6 * Math.max(scaledUp, 1) && scaledUp > 0.5) return n;
  }
  return 12;
}

// axisText writes ticks with equally many decimals, where the unit itself has none to choose.
function axisText(value, splits, settings) {
  const unit = get(settings, "unit");
  const own = format(value, unit, null);
  const step = splits.length > 1 ? Math.abs(splits[1] - splits[0]) : 0;
  if (unit === "percentunit" && step) return format(value, unit, decimalsOf(step * 100));
  if ((!unit || unit === "none" || unit === "short" || unit === "percent") && Math.abs(value) < 1000 && step && step < 1) {
    return format(value, unit, decimalsOf(step));
  }
  return own;
}

// drawAnnotations draws what the dashboard marks in time, below the data.
function drawAnnotations(u, marks) {
  const { ctx, bbox } = u;
  for (const mark of marks || []) {
    const from = Math.max(u.valToPos(mark.from, "x", true), bbox.left), to = Math.min(u.valToPos(mark.to, "x", true), bbox.left + bbox.width);
    if (from > bbox.left + bbox.width || to < bbox.left) continue;
    ctx.save();
    ctx.fillStyle = alpha(color(mark.color), 0.12);
    if (to > from) ctx.fillRect(from, bbox.top, to - from, bbox.height);
    ctx.strokeStyle = alpha(color(mark.color), 0.8);
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    for (const x of to > from ? [from, to] : [from]) {
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
    }
    ctx.stroke();
    ctx.fillStyle = color(mark.color);
    ctx.beginPath();
    ctx.moveTo(from - 4 * devicePixelRatio, bbox.top + bbox.height + 5 * devicePixelRatio);
    ctx.lineTo(from + 4 * devicePixelRatio, bbox.top + bbox.height + 5 * devicePixelRatio);
    ctx.lineTo(from, bbox.top + bbox.height);
    ctx.fill();
    ctx.restore();
  }
}

// The tooltip follows the mouse; rows says what it lists at a point in time.
const tip = el("div", { class: "tip", hidden: "" });
function tooltip(rows) {
  const hide = () => (tip.hidden = true);
  return {
    hooks: {
      ready: [(u) => {
        u.over.addEventListener("mouseleave", hide);
        u.over.addEventListener("mousemove", (event) => {
          const { idx } = u.cursor;
          const list = idx === null || idx === undefined ? [] : rows(u, idx, event);
          if (list.length === 0) return hide();
          tip.replaceChildren(el("div", { class: "tip-time", text: moment(u.data[0][idx] * 1000) + " UTC" }), ...list.slice(0, 20).map((row) =>
            el("div", { class: "tip-row" }, el("i", { class: "swatch", style: { background: row.color } }),
              el("span", { class: "tip-name", text: row.name }), el("b", { text: row.text }))));
          tip.hidden = false;
          const box = tip.getBoundingClientRect();
          tip.style.left = Math.max(4, event.clientX + 16 + box.width > innerWidth ? event.clientX - box.width - 16 : event.clientX + 16) + "px";
          tip.style.top = Math.max(4, Math.min(event.clientY + 16, innerHeight - box.height - 4)) + "px";
        });
      }],
    },
  };
}

// plot makes the picture and counts in its element how many marks it has, and under "check" how many
// colours are on its canvas: a picture that is there has more than a background.
function plot(options, data, place, marks) {
  const size = place.getBoundingClientRect();
  const u = new uPlot({ width: Math.floor(size.width), height: Math.floor(size.height), legend: { show: false }, padding: [10, 20, 0, 2],
    tzDate: (t) => uPlot.tzDate(new Date(t * 1000), "Etc/UTC"), ...options }, data, place);
  place.dataset.marks = marks;
  drawings.push(u);
  return u;
}

// The pictures on the page now; they are given back before others are drawn.
let drawings = [];
function forget() {
  for (const u of drawings) u.destroy();
  drawings = [];
}

// inks counts the colours on a canvas, up to a limit.
function inks(canvas) {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const seen = new Set();
  for (let i = 0; i < data.length && seen.size < 64; i += 4) if (data[i + 3]) seen.add((data[i] << 16) | (data[i + 1] << 8) | data[i + 2]);
  return seen.size;
}
