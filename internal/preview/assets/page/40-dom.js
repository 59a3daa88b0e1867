// Making elements. All text gets in as text: nothing of a dashboard is ever HTML.

function el(tag, options = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(options)) {
    if (value === undefined || value === null) continue;
    if (key === "style") Object.assign(node.style, value);
    else if (key === "text") node.textContent = value;
    else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else node.setAttribute(key, value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
}

// inline renders links, bold, italics and code of a line of Markdown.
function inline(text) {
  const out = [];
  const pattern = /\[([^\]]+)\]\(((?:https?:\/\/|#)[^)\s]+)\)|\*\*([^*]+)\*\*|__([^_]+)__|`([^`]+)`|\*([^*]+)\*/g;
  let from = 0;
  for (const m of text.matchAll(pattern)) {
    out.push(text.slice(from, m.index));
    if (m[1]) out.push(anchor(m[1], m[2]));
    else if (m[3] || m[4]) out.push(el("b", { text: m[3] || m[4] }));
    else if (m[5]) out.push(el("code", { text: m[5] }));
    else out.push(el("i", { text: m[6] }));
    from = m.index + m[0].length;
  }
  out.push(text.slice(from));
  return out;
}

function anchor(text, url) {
  return el("a", url.startsWith("#") ? { href: url, text } : { href: url, text, target: "_blank", rel: "noopener noreferrer" });
}

// markdown renders headings, lists and paragraphs; what else Markdown knows is shown as it is written.
function markdown(text) {
  const out = document.createDocumentFragment();
  let list = null;
  let paragraph = null;
  for (const line of String(text).split("\n")) {
    const heading = line.match(/^(#{1,6})\s+(.*)$/);
    const item = line.match(/^\s*(?:[-*]|\d+\.)\s+(.*)$/);
    if (item) {
      paragraph = null;
      if (!list) out.append((list = el("ul")));
      list.append(el("li", {}, ...inline(item[1])));
      continue;
    }
    list = null;
    if (heading) {
      paragraph = null;
      out.append(el("h" + heading[1].length, {}, ...inline(heading[2])));
    } else if (line.trim() === "") {
      paragraph = null;
    } else if (paragraph) {
      paragraph.append(" ", ...inline(line));
    } else {
      out.append((paragraph = el("p", {}, ...inline(line))));
    }
  }
  return out;
}

const ruler = document.createElement("canvas").getContext("2d");
function textWidth(text, size, weight = 400) {
  ruler.font = `${weight} ${size}px Inter, sans-serif`;
  return ruler.measureText(text).width;
}

// shortened cuts the middle out of a text that has no room: names differ at their ends.
function shortened(text, width, size = 12) {
  let keep = text.length;
  const cut = () => (keep < text.length ? text.slice(0, Math.ceil(keep / 2)) + "…" + text.slice(text.length - Math.floor(keep / 2)) : text);
  while (keep > 4 && textWidth(cut(), size) > width) keep--;
  return cut();
}

// fit is the largest size at which a text has room.
function fit(text, width, height, largest, weight = 500) {
  return Math.max(10, Math.min(largest, height / 1.15, (width / textWidth(text, 100, weight)) * 88));
}
