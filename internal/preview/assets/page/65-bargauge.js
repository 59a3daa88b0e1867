// Panel type bargauge: a bar per series.

function bargauge(panel, board, place) {
  const lines = panel.lines || [], options = panel.options || {};
  const values = lines.map((line) => number(reduced(panel, line)));
  const all = boundsOf(values);
  const low = get(panel.config, "min") ?? Math.min(0, all.min ?? 0), high = get(panel.config, "max") ?? all.max ?? 1;
  const upright = options.orientation === "vertical";
  const box = el("div", { class: upright ? "bars upright" : "bars" });
  const height = Math.min(40, Math.max(14, place.getBoundingClientRect().height / Math.max(lines.length, 1) - 6));
  lines.forEach((line, i) => {
    const settings = config(panel, line), shown = display(values[i], settings, i, { min: low, max: high });
    const share = missing(values[i]) ? 0 : Math.min(Math.max((values[i] - low) / (high - low || 1), 0), 1);
    const ink = options.valueMode === "text" ? surface().text : shown.color;
    const bar = el("i", { class: "bar", style: { [upright ? "height" : "width"]: (share * 100).toFixed(2) + "%", background: barFill(panel, settings, shown.color, share, upright) } });
    box.append(el("div", { class: "bar-row", style: upright ? {} : { maxHeight: height + "px" } },
      el("span", { class: "bar-name", text: line.name }),
      el("span", { class: options.showUnfilled === false ? "bar-track" : "bar-track shown" }, bar),
      options.valueMode === "hidden" ? null : el("b", { class: "bar-value", text: shown.text, style: { color: ink } })));
  });
  place.append(box);
  place.dataset.marks = lines.length;
}

function barFill(panel, settings, ink, share, upright) {
  const mode = get(panel.options, "displayMode") || "gradient", way = upright ? "0deg" : "90deg";
  if (mode === "lcd") return `repeating-linear-gradient(${way}, ${ink} 0 6px, transparent 6px 8px)`;
  if (mode === "basic") return `linear-gradient(${way}, ${alpha(ink, 0.35)}, ${alpha(ink, 0.75)})`;
  const steps = get(settings, "thresholds", "steps") || [];
  const colors = steps.length > 1 ? steps.map((s) => color(s.color)) : [mix(ink, surface().background, 0.4), ink];
  const span = share > 0 ? 100 / share : 100;
  return `linear-gradient(${way}, ${colors.map((c, i) => `${c} ${((i / (colors.length - 1)) * span).toFixed(1)}%`).join(", ")})`;
}
