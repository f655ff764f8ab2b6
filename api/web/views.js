// What each address of the page shows: the record as a whole, an actor, a pair, a list of contacts, one contact.

import { ask, below, hasKey, query } from "./ask.js";
import { circle, timeline } from "./charts.js";
import { el } from "./dom.js";
import { actorLink, contactEntry, countLink, cut, entries, listAddress, pairLink, people, sources } from "./parts.js";
import { capital, counted, plain, silence, span, when } from "./words.js";

const COUNTERPARTS = 25;
const LATEST = 10;
const YEARS_FROM = 120;
const QUIET_DAYS = 60;

const contactsOf = async (values, signal, limit = LATEST) =>
  ask(`contacts?${query({ ...values, limit, include: "accounts" })}`, signal);

const moreLink = (found, values) =>
  found.links.next ? el("p", {}, el("a", { href: listAddress(`/v1/contacts?${query(values)}`) }, "All of them")) : null;

const listOf = (values, empty) => async (signal) => {
  const found = await contactsOf(values, signal);
  return [entries(found.items, contactEntry, empty), moreLink(found, values), cut(found.meta)];
};

const timelineOf = (values) => async (signal, card) => {
  let found = await ask(`timeline?${query({ ...values, by: "month" })}`, signal);
  if (found.buckets.length > YEARS_FROM) found = await ask(`timeline?${query({ ...values, by: "year" })}`, signal);
  const undated = found.undated.contacts;
  const all = listAddress(`/v1/contacts?${query(values)}`);
  const words = [el("a", { href: all }, counted(found.contacts, "contact"))];
  if (undated) words.push(`, ${undated} of them without a date that fits`);
  const drawn = found.buckets.some((one) => one.contacts > 0);
  return [el("p", {}, ...words), drawn ? timeline(found.buckets, widthOf(card)) : el("p", { class: "faint" }, "Nothing with a date to draw."), cut(found.meta)];
};

const widthOf = (card) => Math.max(280, Math.min(1100, card.clientWidth - 34));

export const home = () => ({
  title: "What is on record",
  cards: [
    ["half", "Planned, requested or postponed", listOf({ sort: "earliest", status: "planned,requested,postponed", open: "include" }, "Nothing is planned.")],
    ["half", `Gone quiet: states of which no contact is dated to the last ${QUIET_DAYS} days`, lapsed],
    ["", "Recorded lately", listOf({ sort: "-recorded", status: "any" }, "Nothing is recorded yet.")],
  ],
});

const lapsed = async (signal) => {
  const found = await ask(`lapsed-ties?${query({ level: "state", days: QUIET_DAYS, limit: 15 })}`, signal);
  const entry = (tie) => {
    const names = `${tie.ego.name} and ${tie.alter.name}`;
    const usual = tie.rhythm.median_gap_days === null ? "" : ` · usually ${counted(tie.rhythm.median_gap_days, "day")} apart`;
    return el("div", {}, pairLink(tie.ego, tie.alter, names), ` · ${silence(tie.rhythm.silence).join(" ")}${usual} · `,
      countLink(tie.links.contacts, counted(tie.contacts, "contact"), `${counted(tie.contacts, "contact")} of ${names}`));
  };
  return [entries(found.ties, entry, "None."), cut(found.meta)];
};

const counterparts = (actor, values) => async (signal) => {
  const found = await ask(`actors/${encodeURIComponent(actor.slug ?? actor.id)}/counterparts?${query({ ...values, sort: "-contacts", limit: COUNTERPARTS })}`, signal);
  if (!found.items.length) return el("p", { class: "faint" }, "No contact with anybody that took place by somebody's word.");
  const row = (tie) => el("tr", {}, el("th", { scope: "row" }, pairLink(actor, tie.alter, tie.alter.name)),
    el("td", { class: "number" }, countLink(tie.links.contacts, tie.contacts, `${counted(tie.contacts, "contact")} with ${tie.alter.name}`)),
    el("td", {}, span(tie.last)), el("td", { class: "number" }, silence(tie.silence)[0]));
  const heads = [["Counterpart", ""], ["Contacts", "number"], ["Last", ""], ["Days since", "number"]];
  return [el("div", { class: "scroll" }, el("table", {},
    el("thead", {}, el("tr", {}, heads.map(([name, kind]) => el("th", { scope: "col", class: kind }, name)))),
    el("tbody", {}, found.items.map(row)))), found.links.next ? el("p", { class: "faint" }, `The ${COUNTERPARTS} with most contacts.`) : null, cut(found.meta)];
};

const drawing = (actor, values) => async (signal, card) => {
  const width = widthOf(card);
  const found = await ask(`graph?${query({ ...values, actor: actor.slug ?? actor.id, nodes: width < 560 ? 11 : 21 })}`, signal);
  if (found.nodes.length < 2) return el("p", { class: "faint" }, "Nobody to draw.");
  return [circle(found, actor, width), el("p", { class: "faint" }, "A thicker line is more contacts. Grey: those among the counterparts."), cut(found.meta)];
};

export const actor = (found, window) => {
  const values = { ...window, level: found.kind === "state" ? "state" : undefined };
  const theirs = { ...values, actor: found.slug ?? found.id };
  return {
    title: found.name,
    about: [capital(found.kind), found.description].filter(Boolean).join(" · "),
    cards: [
      ["wide", "Counterparts", drawing(found, values)],
      ["narrow", "With whom, how often", counterparts(found, values)],
      ["", "Over time", timelineOf(theirs)],
      ["half", "Latest contacts", listOf({ ...theirs, open: window.from || window.to ? undefined : "include" }, "None that took place by somebody's word.")],
      ["half", "Planned, disputed, denied and else", listOf({ ...theirs, status: "planned,requested,postponed,disputed,denied,declined,cancelled", open: "include" }, "None.")],
    ],
  };
};

const lastEntry = (last) => {
  const [number, words] = silence(last.silence);
  return el("div", {},
    el("p", { class: "level" }, `${last.level === "actor" ? "As named" : `By ${last.level}`}: ${last.ego.name} and ${last.alter.name}`),
    el("p", {}, el("span", { class: "figure" }, number), ` ${words} on ${last.silence.as_of}`),
    contactEntry(last.contact, { ends: [last.ego, last.alter] }));
};

const promise = (one) => el("div", {},
  el("h3", {}, one.text),
  el("p", {}, "By ", people(one.by), one.to.length ? [" to ", people(one.to)] : "", one.due ? ` · due ${when(one.due)}` : " · no date was given",
    one.outcome === 0 ? " · under way" : ""),
  el("p", { class: "faint" }, "In ", el("a", { href: `?${query({ contact: one.contact.id })}` }, `the ${plain(one.contact.kind)}, ${when(one.contact.when)}`)),
  sources(one.contact.sources.filter((source) => !one.accounts.length || one.accounts.includes(source.account))));

const fact = (one) => el("div", {}, el("p", {}, one.text, " ",
  one.contacts.map((contact, index) => [index ? ", " : "", el("a", { href: `?${query({ contact: contact.id })}` }, `${plain(contact.kind)}, ${when(contact.when)}`)])),
  sources(one.sources));

export const pair = (ego, alter, window) => {
  const level = [ego, alter].some((one) => one.kind === "state") ? "state" : undefined;
  const values = { ...window, level };
  const both = { ...values, between: `${ego.slug ?? ego.id},${alter.slug ?? alter.id}` };
  const path = [ego, alter].map((one) => encodeURIComponent(one.slug ?? one.id)).join("/");
  // All headings come from one answer, asked once.
  let asked = null;
  const brief = (signal) => (asked ??= ask(`ties/${path}/brief?${query({ ...values, open: window.to ? "include" : undefined })}`, signal));
  const part = (name, make, empty) => async (signal) => {
    const found = await brief(signal).catch((error) => { asked = null; throw error; });
    return [entries(found[name], make, empty), cut(found.meta)];
  };
  const ends = [ego, alter];
  return {
    title: `${ego.name} and ${alter.name}`,
    lead: [actorLink(ego), " · ", actorLink(alter)],
    cards: [
      ["wide", "Last contact", part("last", lastEntry, "No contact of these two that took place by somebody's word is on record.")],
      ["narrow", "What stands out", part("facts", fact, "Nothing.")],
      ["half", "Planned, requested or postponed", part("upcoming", (one) => contactEntry(one, { ends }), "Nothing is planned.")],
      ["half", "Open commitments", part("commitments", promise, "None is on record.")],
      ["half", "Disputed or denied", part("disputes", (one) => contactEntry(one, { ends }), "Nothing is disputed.")],
      ["half", "Over time", timelineOf(both)],
      ["", "All contacts, the latest first", listOf(both, "None that took place by somebody's word.")],
    ],
  };
};

// Nobody is picked silently for a name that is no reference: whoever asked chooses.
export const proposals = (text, found, addressOf) => ({
  title: `Who is “${text}”?`,
  cards: [["", found.length ? "Perhaps one of these" : "Nobody on record is called so", async () => entries(found,
    (one) => el("div", {}, el("a", { href: addressOf(one) }, one.name), el("p", { class: "faint" }, one.holds ?? capital(one.kind))),
    "Try another name, or another spelling. An outside identifier such as iso3:USA works too.")]],
});

export const contacts = (asked) => ({
  title: "Contacts",
  about: asked.replaceAll("&", " · "),
  cards: [["", "In their order", async (signal) => {
    const values = Object.fromEntries(new URLSearchParams(asked));
    const found = await ask(`contacts?${query({ ...values, limit: values.limit ?? 50, include: "accounts" })}`, signal);
    const next = found.links.next ? el("p", {}, el("a", { href: listAddress(`/v1/${below(found.links.next)}`) }, "Go on")) : null;
    const { limit, cursor, include, ...whole } = values;
    const file = hasKey() ? null : el("p", {}, el("a", { href: `v1/contacts.safe.csv?${query({ ...whole, bom: true })}` }, "All as a spreadsheet (CSV)"));
    return [el("p", { class: "faint" }, counted(found.items.length, "contact"), found.links.next ? " on this page" : ""),
      entries(found.items, contactEntry, "None."), next, file, cut(found.meta)];
  }]],
});

const part = (one) => {
  const about = [plain(one.role), one.level ? plain(one.level) : "", one.initiator ? "took the initiative" : "", one.disputed ? "a side denies that he took part" : ""];
  return el("div", {}, actorLink(one.actor), one.capacity ? [" as ", actorLink(one.capacity)] : "", one.on_behalf_of ? [" for ", actorLink(one.on_behalf_of)] : "",
    el("p", { class: "faint" }, about.filter(Boolean).join(" · ")));
};

export const contact = (found) => ({
  title: `${capital(plain(found.kind))}, ${when(found.when)}`,
  about: found.summary,
  cards: [
    ["half", "What became of it", async () => [contactEntry(found),
      found.known.ruling ? el("p", {}, `An editor ruled: ${plain(found.known.ruling)}. ${found.known.ruling_reason ?? ""}`) : null,
      el("p", { class: "faint" }, `${found.date_basis === "inferred" ? "The date was inferred by an editor. " : ""}Recorded ${found.recorded_at.slice(0, 10)}, changed ${found.changed_at.slice(0, 10)}.`)]],
    ["half", "Who took part", async () => entries(found.participants, part, "Nobody.")],
    ["half", "Accounts", async () => sources(found.accounts, true)],
    ["half", "Commitments", async () => entries(found.commitments, (one) => el("div", {}, el("h3", {}, one.text), el("p", { class: "faint" }, "By ", people(one.by))), "None is on record.")],
  ],
});
