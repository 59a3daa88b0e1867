// The page: tabs, header, grid of panels, theme.

const page = JSON.parse(document.getElementById("page").textContent);
const problems = [];
addEventListener("error", (event) => problem(event.message));
addEventListener("unhandledrejection", (event) => problem(String(event.reason)));

// problem keeps what went wrong where a test finds it.
function problem(text) {
  problems.push(text);
  document.documentElement.dataset.problems = JSON.stringify(problems);
}

const draw = { timeseries, stat, gauge: stat, bargauge, table, heatmap, "state-timeline": timeline, "status-history": timeline };

// The fragment of the address chooses: #uid&theme=light&check
function choice() {
  const [uid, ...rest] = decodeURIComponent(location.hash.slice(1)).split("&");
  return { uid, ...Object.fromEntries(rest.map((r) => r.split("="))) };
}

function show() {
  const chosen = choice();
  const preferred = matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  theme.name = chosen.theme || theme.chosen || (page.theme === "auto" ? preferred : page.theme) || "dark";
  document.documentElement.dataset.theme = theme.name;
  const board = page.dashboards.find((b) => b.uid === chosen.uid) || page.dashboards[0];
  reference.now = board.to * 1000;
  forget();
  document.title = board.title;
  const root = document.getElementById("root");
  const grid = el("main", { class: "grid" });
  root.replaceChildren(header(board), grid, tip);
  const places = board.panels.map((panel) => panelBox(panel, board));
  grid.append(...places.map((p) => p.box));
  for (const [i, panel] of board.panels.entries()) fill(panel, board, places[i]);
  // uPlot draws in a microtask of its own; what is counted here is drawn.
  setTimeout(() => finish(places, "check" in chosen), 0);
}

function finish(places, check) {
  for (const { box } of places) {
    const canvas = box.querySelector("canvas");
    if (check && canvas) box.dataset.inks = inks(canvas);
    const marks = box.querySelector("[data-marks]");
    if (marks) box.dataset.marks = marks.dataset.marks;
  }
  document.documentElement.dataset.height = Math.ceil(document.getElementById("root").getBoundingClientRect().height);
  document.documentElement.dataset.ready = places.length;
}

function header(board) {
  const tabs = page.dashboards.length < 2 ? null : el("nav", { class: "tabs" }, ...page.dashboards.map((b) =>
    el("a", { href: "#" + b.uid, text: b.tab, class: b === board ? "tab current" : "tab" })));
  const range = `${moment(board.from * 1000).slice(0, 16)} to ${moment(board.to * 1000).slice(0, 16)} UTC`;
  const other = theme.name === "dark" ? "Light" : "Dark";
  const flip = () => {
    theme.chosen = other.toLowerCase();
    show();
  };
  return el("header", {}, tabs,
    el("div", { class: "head" }, el("h1", { text: board.title }), board.description ? info([markdown(board.description)]) : null, el("span", { class: "spacer" }),
      el("span", { class: "range" }, board.range ? el("b", { text: board.range }) : null, el("span", { text: range })),
      el("button", { text: other, title: `${other} theme`, onclick: flip })),
    el("div", { class: "head variables" }, ...(board.variables || []).map((v) =>
      el("span", { class: "variable" + (v.problem ? " bad" : ""), title: v.problem }, el("b", { text: v.label }), el("span", { text: v.problem || v.text }))),
      el("span", { class: "spacer" }), ...(board.links || []).map((l) => anchor(l.title, l.url))),
    ...(board.problems || []).map((text) => el("div", { class: "failed", text })));
}

// info is an i that shows something when the mouse is on it.
const info = (content, sign = "i") => el("span", { class: sign === "i" ? "info" : "info bare", tabindex: "0" }, el("i", { text: sign }), el("div", { class: "card" }, ...content));

function panelBox(panel, board) {
  const g = panel.grid, style = { gridColumn: `${g.x + 1} / span ${g.w || 24}`, gridRow: `${g.y + 1} / span ${g.h || 1}` };
  if (panel.type === "row") return { box: el("h2", { class: "row", text: panel.title, style: { ...style, gridColumn: "1 / span 24" }, "data-type": "row" }) };
  const body = el("div", { class: "body" });
  const about = [panel.description ? markdown(panel.description) : null, ...(panel.queries || []).map((q) => el("pre", { text: q }))].filter(Boolean);
  const title = el("div", { class: "title" }, el("h3", { text: panel.title }), about.length ? info(about) : null,
    panel.links && panel.links.length ? info(panel.links.map((l) => el("p", {}, anchor(l.title, l.url))), "↗") : null,
    panel.from ? el("span", { class: "own", text: format(panel.to - panel.from, "dtdurations") }) : null);
  const bare = panel.type === "text" && !panel.title;
  const box = el("section", { class: "panel", style, "data-type": panel.type, "data-panel": panel.id }, bare ? null : title, body,
    panel.notes && panel.notes.length ? el("div", { class: "note", text: "Not as in Grafana: " + panel.notes.join("; ") + "." }) : null);
  box.style.setProperty("--rows", g.h);
  return { box, body };
}

const hasData = (panel) =>
  panel.type === "text" || panel.type === "stat" || panel.type === "gauge" ||
  (panel.lines && panel.lines.some((line) => line.values.some((v) => !missing(v)))) ||
  (panel.table && panel.table.rows.length > 0) ||
  (panel.heat && panel.heat.rows.some((row) => row.values.some((v) => !missing(v))));

// fill draws a panel, or says in its place why it does not.
function fill(panel, board, { box, body }) {
  if (!body) return;
  const say = (state, ...nodes) => {
    box.dataset.state = state;
    body.append(...nodes);
  };
  const failed = (panel.errors || []).map((text) => el("div", { class: "failed", text }));
  if (panel.unsupported) return say("unsupported", el("div", { class: "nothing", text: panel.unsupported }));
  if (failed.length && !(panel.lines || []).length && !get(panel.table, "rows", "length") && !get(panel.heat, "rows", "length")) {
    return say("failed", el("div", { class: "failures" }, ...failed));
  }
  if (failed.length) box.insertBefore(el("div", { class: "failures some" }, ...failed), body);
  if (!hasData(panel)) return say("empty", el("div", { class: "nothing", text: get(panel.config, "noValue") || "No data" }));
  box.dataset.state = "drawn";
  try {
    if (panel.type === "text") {
      body.append(el("div", { class: "text" }, markdown(panel.options.content || "")));
      if (panel.options.mode === "html") box.append(el("div", { class: "note", text: "Not as in Grafana: HTML is shown as it is written." }));
      body.dataset.marks = 1;
    } else draw[panel.type](panel, board, body);
  } catch (error) {
    problem(`panel ${panel.title}: ${error.stack || error}`);
    say("broken", el("div", { class: "failed", text: String(error) }));
  }
}

let width = 0;
addEventListener("hashchange", show);
addEventListener("resize", () => {
  if (innerWidth !== width) requestAnimationFrame(show);
  width = innerWidth;
});
// Widths of texts are measured: the typeface must be there first.
Promise.all(["400 12px Inter", "500 12px Inter"].map((f) => document.fonts.load(f))).then(() => {
  width = innerWidth;
  show();
});
