// Two drawings, each of links one can reach with the keyboard, and each beside a table that says the same.

import { el, svgLink } from "./dom.js";
import { query } from "./ask.js";
import { counted } from "./words.js";
import { countLink, listAddress } from "./parts.js";

const HEIGHT = 180;
const FOOT = 26;
const HEAD = 18;
const dayOf = (text) => Date.parse(`${text.length === 4 ? `${text}-01-01` : text}T00:00:00Z`);

const bucketTable = (buckets) =>
  el("details", { class: "sources" }, el("summary", {}, "As a table"),
    el("div", { class: "scroll" }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "When"), el("th", { scope: "col", class: "number" }, "Contacts"))),
      el("tbody", {}, buckets.map((one) => el("tr", {}, el("td", {}, one.bucket),
        el("td", { class: "number" }, countLink(one.link, one.contacts, `${counted(one.contacts, "contact")} of ${one.bucket}`))))))));

export const timeline = (buckets, width) => {
  const full = buckets.filter((one) => one.contacts > 0);
  const [start, end] = [dayOf(full[0].from), dayOf(full.at(-1).to) + 86400000];
  const most = Math.max(...full.map((one) => one.contacts));
  const across = (instant) => 8 + ((instant - start) / Math.max(end - start, 1)) * (width - 16);
  const bars = full.map((one) => {
    const left = across(dayOf(one.from));
    const broad = Math.max(3, Math.min(48, across(dayOf(one.to) + 86400000) - left - 2));
    const tall = Math.max(3, (one.contacts / most) * (HEIGHT - FOOT - HEAD));
    const label = `${one.bucket}: ${counted(one.contacts, "contact")}`;
    return svgLink(listAddress(one.link), label, el("title", {}, label),
      el("rect", { class: "bar", x: left, y: HEIGHT - FOOT - tall, width: broad, height: tall, rx: 2 }),
      full.length <= 12 ? el("text", { x: left + broad / 2, y: HEIGHT - FOOT - tall - 5, "text-anchor": "middle" }, one.contacts) : null);
  });
  const names = full.length === 1 ? [[8, "start", full[0].bucket]] : [[8, "start", full[0].bucket], [width - 8, "end", full.at(-1).bucket]];
  return [
    el("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "group", "aria-label": `Contacts over time, at most ${most} in one bar` },
      el("line", { class: "axis", x1: 8, x2: width - 8, y1: HEIGHT - FOOT, y2: HEIGHT - FOOT }), bars,
      names.map(([x, anchor, text]) => el("text", { class: "axis-name", x, y: HEIGHT - 8, "text-anchor": anchor }, text))),
    bucketTable(full),
  ];
};

const shortened = (name, letters) => (name.length > letters ? `${name.slice(0, letters - 1)}…` : name);

export const circle = ({ nodes, edges }, ego, width) => {
  const small = width < 560;
  const height = small ? 380 : 440;
  const letters = small ? 13 : 30;
  const others = nodes.filter((node) => node.hops > 0).sort((a, b) => b.contacts - a.contacts);
  const [wide, tall] = [width / 2 - (small ? 100 : 190), height / 2 - 40];
  const places = new Map([[ego.id, [width / 2, height / 2]]]);
  others.forEach((node, index) => {
    const turn = (index / others.length) * 2 * Math.PI - Math.PI / 2;
    places.set(node.id, [width / 2 + wide * Math.cos(turn), height / 2 + tall * Math.sin(turn)]);
  });
  const most = Math.max(1, ...edges.map((edge) => edge.contacts));
  const drawn = edges.filter((edge) => places.has(edge.source) && places.has(edge.target)).map((edge) => {
    const [[x1, y1], [x2, y2]] = [places.get(edge.source), places.get(edge.target)];
    const own = edge.source === ego.id || edge.target === ego.id;
    return el("line", { class: own ? "tie" : "other", x1, y1, x2, y2, "stroke-width": 1 + 7 * (edge.contacts / most) });
  });
  const named = others.map((node) => {
    const [x, y] = places.get(node.id);
    const side = Math.abs(x - width / 2) < 12 ? "middle" : x < width / 2 ? "end" : "start";
    const [dx, dy] = side === "middle" ? [0, y < height / 2 ? -14 : 24] : [side === "end" ? -12 : 12, 4];
    const between = edges.find((edge) => [edge.source, edge.target].includes(ego.id) && [edge.source, edge.target].includes(node.id));
    const label = between ? `${node.name}: ${counted(between.contacts, "contact")}` : node.name;
    return svgLink(`?${query({ ego: ego.slug, alter: node.slug ?? node.id })}`, label, el("title", {}, label),
      el("circle", { class: "node", cx: x, cy: y, r: 7 }), el("text", { x: x + dx, y: y + dy, "text-anchor": side }, shortened(node.name, letters)));
  });
  const [cx, cy] = places.get(ego.id);
  return el("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": `Counterparts of ${ego.name}` }, drawn, named,
    el("circle", { class: "node ego", cx, cy, r: 10 }), el("text", { x: cx, y: cy + 26, "text-anchor": "middle" }, shortened(ego.name, letters)));
};
