// Elements are made one by one and text is only ever text: nothing from the record is read as markup.

const SVG = "http://www.w3.org/2000/svg";
const IN_SVG = new Set(["svg", "g", "line", "circle", "rect", "text", "title", "path"]);

const made = (node, attributes, children) => {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return node;
};

export const el = (tag, attributes = {}, ...children) =>
  made(IN_SVG.has(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag), attributes, children);

export const svgLink = (href, label, ...children) =>
  made(document.createElementNS(SVG, "a"), { href, "aria-label": label }, children);

// A source may give any address; only those that lead to a page of the web become links.
export const outside = (address, text) => {
  if (!/^https?:\/\//i.test(address ?? "")) return text;
  return el("a", { href: address, rel: "noopener noreferrer external" }, text);
};
