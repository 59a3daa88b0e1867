// From a value to its text and colour: mappings, thresholds, colour modes.

const get = (object, ...path) => path.reduce((o, key) => (o === undefined || o === null ? undefined : o[key]), object);
const missing = (value) => value === null || value === undefined || Number.isNaN(value);

// number reads what JSON has no number for.
const number = (value) => (value === "+Inf" ? Infinity : value === "-Inf" ? -Infinity : value);

function thresholdColor(value, config) {
  const steps = get(config, "thresholds", "steps") || [{ color: "green", value: null }];
  if (get(config, "thresholds", "mode") === "percentage") {
    const min = get(config, "min") ?? 0, max = get(config, "max") ?? 100;
    value = ((value - min) / (max - min || 1)) * 100;
  }
  let found = steps[0];
  for (const step of steps) if (!missing(step.value) && !missing(value) && value >= step.value) found = step;
  return color(get(found, "color"));
}

function matches(mapping, value) {
  const o = mapping.options || {};
  switch (mapping.type) {
    case "value":
      return o[missing(value) ? "null" : String(value)];
    case "range":
      return !missing(value) && (o.from ?? -Infinity) <= value && value <= (o.to ?? Infinity) ? o.result : undefined;
    case "regex": {
      const bare = String(o.pattern).replace(/^\/|\/\w*$/g, "");
      return !missing(value) && new RegExp(bare).test(String(value)) ? o.result : undefined;
    }
    case "special": {
      const is = { null: missing(value), nan: missing(value), "null+nan": missing(value), empty: value === "", true: value === true, false: value === false };
      return is[o.match] ? o.result : undefined;
    }
  }
  return undefined;
}

// display says how to write a value: text, colour, and whether a mapping chose them.
function display(value, config, index = 0, bounds = {}) {
  value = number(value);
  for (const mapping of get(config, "mappings") || []) {
    const result = matches(mapping, value);
    if (result) {
      const text = result.text || (missing(value) ? get(config, "noValue") || "No data" : format(value, get(config, "unit"), get(config, "decimals")));
      return { text, color: result.color ? color(result.color) : modeColor(value, config, index, bounds), mapped: true };
    }
  }
  if (missing(value)) return { text: get(config, "noValue") || "No data", color: thresholdColor(null, config), empty: true };
  return { text: format(value, get(config, "unit"), get(config, "decimals")), color: modeColor(value, config, index, bounds) };
}

function modeColor(value, config, index, bounds) {
  const mode = get(config, "color", "mode") || "thresholds";
  if (mode === "fixed" || mode === "shades") return color(get(config, "color", "fixedColor") || "green");
  if (mode.startsWith("palette-classic")) return color(classic[index % classic.length]);
  if (continuous[mode]) {
    const min = get(config, "min") ?? bounds.min ?? 0, max = get(config, "max") ?? bounds.max ?? 100;
    return gradient(continuous[mode], (value - min) / (max - min || 1));
  }
  return thresholdColor(value, config);
}

const config = (panel, line) => line.config || panel.config || {};
const calcNames = { lastNotNull: "Last *", last: "Last", firstNotNull: "First *", first: "First", mean: "Mean", max: "Max",
  min: "Min", sum: "Total", total: "Total", median: "Median", range: "Range", count: "Count", diff: "Difference", p95: "95th %", p99: "99th %" };

// reduced is the value a stat or gauge shows for a series.
function reduced(panel, line) {
  const calc = (get(panel.options, "reduceOptions", "calcs") || ["lastNotNull"])[0] || "lastNotNull";
  return get(line.calcs, calc) ?? null;
}

// boundsOf returns the smallest and largest value of numbers.
function boundsOf(values) {
  const there = values.filter((v) => !missing(v) && Number.isFinite(v));
  return there.length ? { min: Math.min(...there), max: Math.max(...there) } : {};
}
