// Colours: Grafana's, by name, for both themes.

const hues = {
  dark: {
    red: ["#FFA6B0", "#FF7383", "#F2495C", "#E02F44", "#C4162A"],
    orange: ["#FFCB7D", "#FFB357", "#FF9830", "#FF780A", "#FA6400"],
    yellow: ["#FFF899", "#FFEE52", "#FADE2A", "#F2CC0C", "#E0B400"],
    green: ["#C8F2C2", "#96D98D", "#73BF69", "#56A64B", "#37872D"],
    blue: ["#C0D8FF", "#8AB8FF", "#5794F2", "#3274D9", "#1F60C4"],
    purple: ["#DEB6F2", "#CA95E5", "#B877D9", "#A352CC", "#8F3BB8"],
  },
  light: {
    red: ["#FF7383", "#F2495C", "#E02F44", "#C4162A", "#AD0317"],
    orange: ["#FFB357", "#FF9830", "#FF780A", "#FA6400", "#E55400"],
    yellow: ["#FFEE52", "#FADE2A", "#F2CC0C", "#E0B400", "#CC9D00"],
    green: ["#96D98D", "#73BF69", "#56A64B", "#37872D", "#19730E"],
    blue: ["#8AB8FF", "#5794F2", "#3274D9", "#1F60C4", "#1250B0"],
    purple: ["#CA95E5", "#B877D9", "#A352CC", "#8F3BB8", "#7C2EA3"],
  },
};
const shades = ["super-light-", "light-", "", "semi-dark-", "dark-"];

// palette-classic: the colours of series, in order.
const classic = ["green", "semi-dark-yellow", "light-blue", "semi-dark-orange", "red", "blue", "purple", "#705DA0",
  "dark-green", "yellow", "#447EBC", "#C15C17", "#890F02", "#0A437C", "#6D1F62", "#584477", "#B7DBAB", "#F4D598",
  "#70DBED", "#F9BA8F", "#F29191", "#82B5D8", "#E5A8E2", "#AEA2E0", "#629E51", "#E5AC0E", "#64B0C8", "#E0752D",
  "#BF1B00", "#0A50A1", "#962D82", "#614D93"];

// Gradients by value, from the lowest to the highest.
const continuous = {
  "continuous-GrYlRd": ["green", "yellow", "red"], "continuous-RdYlGr": ["red", "yellow", "green"],
  "continuous-BlYlRd": ["dark-blue", "super-light-yellow", "dark-red"], "continuous-YlRd": ["super-light-yellow", "dark-red"],
  "continuous-BlPu": ["dark-blue", "dark-purple"], "continuous-YlBl": ["super-light-yellow", "dark-blue"],
  "continuous-blues": ["@background", "dark-blue"], "continuous-reds": ["@background", "dark-red"],
  "continuous-greens": ["@background", "dark-green"], "continuous-purples": ["@background", "dark-purple"],
};

const theme = { name: "dark" };
const surfaces = {
  dark: { text: "#ccccdc", weak: "rgba(204,204,220,0.65)", grid: "rgba(204,204,220,0.07)", background: "#181b1f" },
  light: { text: "#24292e", weak: "rgba(36,41,46,0.75)", grid: "rgba(36,41,46,0.10)", background: "#ffffff" },
};
const surface = () => surfaces[theme.name];

function color(name) {
  if (!name) return color("gray");
  if (name === "text") return surface().text;
  if (name === "@background") return surface().background;
  if (name === "gray" || name === "grey") return theme.name === "dark" ? "#8e8e9c" : "#75787d";
  for (let i = 0; i < shades.length; i++) {
    const hue = shades[i] && name.startsWith(shades[i]) ? name.slice(shades[i].length) : name;
    if (hues[theme.name][hue] && (shades[i] ? hue !== name : i === 2)) return hues[theme.name][hue][i];
  }
  return name;
}

// rgb returns [r, g, b] of any CSS colour the browser knows.
const brush = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
function rgb(css) {
  brush.fillStyle = "#808080";
  brush.fillStyle = css;
  const c = brush.fillStyle;
  if (c[0] === "#") return [1, 3, 5].map((i) => parseInt(c.slice(i, i + 2), 16));
  return c.match(/[\d.]+/g).slice(0, 3).map(Number);
}

function alpha(css, opacity) {
  return css === "transparent" ? css : `rgba(${rgb(css).join(",")},${opacity})`;
}

function mix(from, to, share) {
  const a = rgb(from), b = rgb(to);
  return `rgb(${a.map((v, i) => Math.round(v + (b[i] - v) * share)).join(",")})`;
}

// gradient returns the colour at a share (0 to 1) of the way through colours.
function gradient(colors, share) {
  const at = Math.min(Math.max(share, 0), 1) * (colors.length - 1);
  const i = Math.min(Math.floor(at), colors.length - 2);
  return mix(color(colors[i]), color(colors[i + 1]), at - i);
}

// readable returns black or white for text on a colour, as Grafana decides it.
function readable(css) {
  const [r, g, b] = rgb(css);
  return (299 * r + 587 * g + 114 * b) / 1000 > 180 ? "#1b1d21" : "#ffffff";
}
