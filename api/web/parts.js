// The pieces that every view is made of: contacts with their status and sources, links to what a number counts.

import { below, query } from "./ask.js";
import { el, outside } from "./dom.js";
import { capital, plain, statusOf, when } from "./words.js";

export const actorLink = (actor) => el("a", { href: `?${query({ ego: actor.slug ?? actor.id })}` }, actor.name);
export const pairLink = (ego, alter, text) =>
  el("a", { href: `?${query({ ego: ego.slug ?? ego.id, alter: alter.slug ?? alter.id })}` }, text);

// The address of a list of contacts in the API, as an address of this page.
export const listAddress = (link) => `?${query({ contacts: below(link).replace(/^contacts\??/, "") || "limit=50" })}`;
export const countLink = (link, text, label) => el("a", { href: listAddress(link), "aria-label": label }, text);

export const badge = (status, contested) => {
  const [tone, meaning] = statusOf(status);
  const text = plain(status) + (contested ? ", contested" : "");
  return el("span", { class: `status ${tone}`, title: meaning }, text);
};

const commas = (nodes) => nodes.flatMap((node, index) => (index ? [", ", node] : [node]));
export const people = (actors) => commas(actors.map(actorLink));

const SHOWN = 8;
const some = (actors) => {
  const rest = actors.length - SHOWN;
  return rest > 0 ? [people(actors.slice(0, SHOWN)), ` and ${rest} more`] : people(actors);
};

const said = (one) => {
  const speaker = one.speaker ? one.speaker.name : "";
  const who = one.speaker_unnamed ? `an unnamed official of ${speaker || "an unnamed body"}` : speaker;
  return `${capital(plain(one.stance))}${who ? `: ${who}` : ""}`;
};

export const citation = (one) => {
  const publisher = one.publisher?.name ?? one.publisher_name;
  const title = outside(one.url, one.source?.title ?? "a document without a title");
  const copy = one.archived_url && one.archived_url !== one.url ? [" (", outside(one.archived_url, "kept copy"), ")"] : [];
  const about = [publisher, one.published ? when(one.published) : null].filter(Boolean).join(", ");
  return el("li", {}, said(one), " — ", title, copy, about ? ` · ${about}` : "",
    one.paraphrase ? el("p", { class: "faint" }, one.paraphrase) : null,
    one.withdrawn_at ? el("p", { class: "fault" }, "Withdrawn. ", one.withdrawal_reason ?? "") : null);
};

export const sources = (list, open = false) => {
  if (!list || !list.length) return el("p", { class: "faint" }, "No account that counts.");
  const word = list.length === 1 ? "1 source" : `${list.length} sources`;
  return el("details", { class: "sources", open }, el("summary", {}, `How it is known: ${word}`), el("ul", {}, list.map(citation)));
};

const stances = (contact, ends) => {
  if (!contact.stances || !ends) return null;
  const word = (stance) => (stance ? plain(stance) : "has said nothing");
  const text = ends.map((end, index) => `${end.name}: ${word(contact.stances[index ? "alter" : "ego"])}`).join(" · ");
  return el("p", { class: "faint" }, text);
};

// A contact of a brief and one of a list say the same under names of their own.
export const contactEntry = (contact, { ends, level = "h3" } = {}) => {
  const actors = contact.participants.map((one) => one.actor ?? one);
  return el("div", {},
    el(level, {}, el("a", { href: `?${query({ contact: contact.id })}` }, `${capital(plain(contact.kind))}, ${when(contact.when)}`),
      " ", badge(contact.status, contact.contested ?? contact.known?.contested)),
    el("p", {}, some(actors), contact.place ? ` · ${contact.place}` : ""),
    contact.summary ? el("p", { class: "faint" }, contact.summary) : null,
    stances(contact, ends),
    sources(contact.sources ?? contact.accounts));
};

export const entries = (items, make, empty) =>
  items.length ? el("ol", {}, items.map((item) => el("li", { class: "entry" }, make(item)))) : el("p", { class: "faint" }, empty);

export const cut = (meta) => {
  if (!meta?.truncated && !Object.keys(meta?.left_out ?? {}).length) return null;
  const left = Object.entries(meta.left_out ?? {}).map(([name, count]) => `${count} ${plain(name)}`);
  const words = [meta.truncated ? "This is not everything." : "", left.length ? `Left out: ${left.join(", ")}.` : ""];
  return el("p", { class: "faint" }, words.filter(Boolean).join(" "));
};
