// Numbers as Grafana writes them (@grafana/data: valueFormats).

// digits writes three significant digits, or as many decimals as are wanted.
function digits(value, decimals) {
  if (decimals !== undefined && decimals !== null) return value.toFixed(Math.max(0, Math.min(decimals, 12)));
  if (value % 1 === 0) return String(value);
  const power = Math.floor(Math.log10(Math.abs(value)));
  return String(Number(value.toFixed(Math.max(0, Math.min(2 - power, 12)))));
}

// scaled divides by factor until the number is below it; names are those of the scales.
function scaled(factor, names, suffix = "") {
  return (value, decimals) => {
    let i = 0;
    while (Math.abs(value) >= factor && i < names.length - 1) {
      value /= factor;
      i++;
    }
    // 999.96 is written 1000: the next scale writes it 1.
    if (Math.abs(Number(digits(value, decimals))) >= factor && i < names.length - 1) {
      value /= factor;
      i++;
    }
    return digits(value, decimals) + names[i] + suffix;
  };
}

const counted = ["", " K", " Mil", " Bil", " Tri", " Quadr"];
const count = (unit) => scaled(1000, ["", " K", " M", " B", " T"], " " + unit);
const metric = (unit) => scaled(1000, ["", "k", "M", "G", "T", "P"].map((p) => " " + p + unit));
const binary = (unit) => scaled(1024, ["", "Ki", "Mi", "Gi", "Ti", "Pi"].map((p) => " " + p + unit));
const suffix = (unit) => (value, decimals) => digits(value, decimals) + unit;

// Times from the shortest: the name, and how many seconds it is.
const times = [["ns", 1e-9], ["µs", 1e-6], ["ms", 1e-3], ["s", 1], ["min", 60], ["hour", 3600], ["day", 86400],
  ["week", 604800], ["year", 31536000]];

// time writes a duration that is given in units of so many seconds, in units that fit.
function time(unit) {
  return (value, decimals) => {
    const seconds = Math.abs(value) * unit;
    if (seconds === 0) return "0 " + times.find((t) => t[1] === unit)[0];
    let i = times.length - 1;
    while (i > 0 && seconds < times[i][1] * 0.99999) i--;
    if (decimals !== undefined && decimals !== null && times[i][1] < unit) decimals = null;
    const text = digits((value * unit) / times[i][1], decimals);
    return text + " " + times[i][0] + (times[i][1] >= 3600 && text !== "1" ? "s" : "");
  };
}

// spoken writes 3700 s as "1 hour, 1 minute".
function spoken(unit) {
  return (value) => {
    let rest = Math.abs(value) * unit;
    const parts = [];
    for (const [name, seconds] of [["year", 31536000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]]) {
      const n = Math.floor(rest / seconds);
      if (n && parts.length < 2) parts.push(`${n} ${name}${n > 1 ? "s" : ""}`);
      rest -= n * seconds;
    }
    return parts.join(", ") || "0 seconds";
  };
}

const pad = (n) => String(n).padStart(2, "0");
function moment(ms) {
  const t = new Date(ms);
  return `${t.getUTCFullYear()}-${pad(t.getUTCMonth() + 1)}-${pad(t.getUTCDate())} ` +
    `${pad(t.getUTCHours())}:${pad(t.getUTCMinutes())}:${pad(t.getUTCSeconds())}`;
}

// fromNow says how long ago a moment is, seen from the end of the dashboard: a page knows no clock.
const reference = { now: 0 };
function fromNow(ms) {
  const ago = (reference.now - ms) / 1000, length = Math.abs(ago);
  const say = (text) => (ago >= 0 ? text + " ago" : "in " + text);
  if (length < 45) return say("a few seconds");
  for (const [name, seconds, below] of [["minute", 60, 2700], ["hour", 3600, 79200], ["day", 86400, 2246400], ["month", 2629800, 27600000], ["year", 31557600, Infinity]]) {
    const n = Math.round(length / seconds);
    if (length < below) return say(n <= 1 ? (name === "hour" ? "an hour" : "a " + name) : `${n} ${name}s`);
  }
}

const units = {
  none: digits, short: scaled(1000, counted), sishort: metric(""), locale: (v, d) => Number(digits(v, d)).toLocaleString("en-US"),
  percent: suffix("%"), percentunit: (v, d) => digits(v * 100, d) + "%",
  bytes: binary("B"), decbytes: metric("B"), bits: binary("b"), decbits: metric("b"),
  kbytes: (v, d) => binary("B")(v * 1024, d), mbytes: (v, d) => binary("B")(v * 1048576, d),
  Bps: metric("B/s"), binBps: binary("B/s"), bps: metric("b/s"), binbps: binary("b/s"),
  ns: time(1e-9), "µs": time(1e-6), ms: time(1e-3), s: time(1), m: time(60), h: time(3600), d: time(86400),
  dtdurations: spoken(1), dtdurationms: spoken(1e-3),
  reqps: count("req/s"), rps: count("rd/s"), wps: count("wr/s"), ops: count("ops/s"), cps: count("c/s"), iops: count("io/s"),
  eps: count("evt/s"), mps: count("msg/s"), reqpm: count("req/min"), opm: count("ops/min"), cpm: count("c/min"),
  hertz: metric("Hz"), celsius: suffix(" °C"), watt: metric("W"),
  bool: (v) => (v === 0 ? "False" : "True"), bool_yes_no: (v) => (v === 0 ? "No" : "Yes"), bool_on_off: (v) => (v === 0 ? "Off" : "On"),
  dateTimeAsIso: moment, dateTimeAsSystem: moment, dateTimeAsIsoNoDateIfToday: moment, dateTimeFromNow: fromNow, string: String,
};

// format writes a value in a unit; a unit Grafana does not know is written behind the number.
function format(value, unit, decimals) {
  if (value === Infinity) return "∞";
  if (value === -Infinity) return "-∞";
  if (typeof value !== "number") return String(value);
  unit = unit || "none";
  if (units[unit]) return units[unit](value, decimals);
  const [kind, text] = unit.includes(":") ? [unit.slice(0, unit.indexOf(":")), unit.slice(unit.indexOf(":") + 1)] : ["", unit];
  if (kind === "prefix") return text + digits(value, decimals);
  if (kind === "si") return metric(text)(value, decimals);
  if (kind === "count") return count(text)(value, decimals);
  if (kind === "time") return moment(value);
  if (unit.startsWith("currency")) return { currencyUSD: "$", currencyEUR: "€", currencyGBP: "£" }[unit] + digits(value, decimals);
  return digits(value, decimals) + " " + text;
}
