// The address is the state: every view is made from the query string alone, and can be sent to a colleague.

import { ask, Problem, query, setKey } from "./ask.js";
import { el } from "./dom.js";
import { ActorField } from "./search.js";
import * as views from "./views.js";

const main = document.getElementById("main");
const form = document.getElementById("ask");
const said = document.getElementById("said");
const tell = (text, error) => {
  said.className = "quiet";
  said.textContent = text;
  if (error?.status === 401) askForKey(error);
};
const fields = { ego: new ActorField(form.elements.ego, tell), alter: new ActorField(form.elements.alter, tell) };
let current = new AbortController();

const stateNow = () => Object.fromEntries(new URLSearchParams(location.search));

const go = (address) => {
  history.pushState(null, "", address);
  show(true);
};

const faultOf = (error, again) => el("div", { role: "alert" },
  el("p", { class: "fault" }, error instanceof Problem ? error.message : "This cannot be shown. It is a fault of this page."),
  error.request ? el("p", { class: "faint" }, `Request ${error.request.replace("urn:request:", "")}`) : null,
  error instanceof Problem && error.status !== 404 && error.status !== 400 ? el("button", { type: "button", onclick: again }, "Try again") : null);

const fill = async (card, make, signal) => {
  const body = card.querySelector(".body");
  body.setAttribute("aria-busy", "true");
  body.replaceChildren(el("p", { class: "faint" }, "Loading…"));
  try {
    const made = await make(signal, card);
    body.replaceChildren(...[made].flat(Infinity).filter(Boolean));
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 401) return askForKey(error);
    if (!(error instanceof Problem)) console.error(error);
    body.replaceChildren(faultOf(error, () => fill(card, make, signal)));
  }
  body.removeAttribute("aria-busy");
};

const cardOf = ([size, title, make], index, signal) => {
  const card = el("section", { class: `card ${size}`, "aria-labelledby": `card-${index}` }, el("h2", { id: `card-${index}` }, title), el("div", { class: "body" }));
  return [card, () => fill(card, make, signal)];
};

const viewOf = async (state, signal) => {
  const window = { from: state.from, to: state.to };
  const actor = (reference) => ask(`actors/${encodeURIComponent(reference)}`, signal);
  const proposed = async (name) => {
    const found = await ask(`actors/search?${query({ q: state[name], limit: 8 })}`, signal);
    return views.proposals(state[name], found.items, (one) => `?${query({ ...state, [name]: one.slug ?? one.id })}`);
  };
  const missing = (error) => { if (error.status !== 404 && error.status !== 400) throw error; return null; };
  if (state.contact) return views.contact(await ask(`contacts/${encodeURIComponent(state.contact)}?include=accounts,commitments`, signal));
  if (state.contacts) return views.contacts(state.contacts);
  if (!state.ego && !state.alter) return views.home();
  if (!state.ego || !state.alter) {
    const name = state.ego ? "ego" : "alter";
    const one = await actor(state[name]).catch(missing);
    if (!one) return proposed(name);
    fields.alter.set("", "");
    fields.ego.set(one.name, one.slug ?? one.id);
    return views.actor(one, window);
  }
  const [ego, alter] = await Promise.all([state.ego, state.alter].map((one) => actor(one).catch(missing)));
  if (!ego || !alter) return proposed(ego ? "alter" : "ego");
  fields.ego.set(ego.name, ego.slug ?? ego.id);
  fields.alter.set(alter.name, alter.slug ?? alter.id);
  return views.pair(ego, alter, window);
};

const askForKey = (error) => {
  current.abort();
  const input = el("input", { id: "key", type: "password", autocomplete: "off", spellcheck: "false", required: true });
  const submit = (event) => { event.preventDefault(); setKey(input.value); show(true); };
  main.replaceChildren(el("h1", {}, "This record is not open to everyone"),
    el("p", {}, error.message),
    el("form", { onsubmit: submit },
      el("div", { class: "field" }, el("label", { for: "key" }, "Your key, which this page keeps in memory only"), input), el("button", { type: "submit" }, "Go on")));
  tell("A key is needed.");
  input.focus();
};

const show = async (moved) => {
  current.abort();
  current = new AbortController();
  const { signal } = current;
  const state = stateNow();
  for (const name of ["from", "to"]) form.elements[name].value = state[name] ?? "";
  for (const name of ["ego", "alter"]) fields[name].set(state[name] ?? "", state[name] ?? "");
  main.setAttribute("aria-busy", "true");
  tell("Loading…");
  try {
    const view = await viewOf(state, signal);
    const cards = view.cards.map((card, index) => cardOf(card, index, signal));
    main.replaceChildren(...[el("h1", { tabindex: "-1" }, view.title), view.about ? el("p", { class: "quiet" }, view.about) : null,
      view.lead ? el("p", { class: "quiet" }, view.lead) : null, el("div", { class: "grid" }, cards.map(([card]) => card))].filter(Boolean));
    document.title = `${view.title} · Readout`;
    tell("");
    if (moved) main.querySelector("h1").focus({ preventScroll: true });
    if (moved) scrollTo(0, 0);
    main.removeAttribute("aria-busy");
    await Promise.all(cards.map(([, start]) => start()));
    if (signal.aborted) return;
    // Said to those who cannot see it; the others see it.
    tell(`Shown: ${view.title}`);
    said.className = "done";
  } catch (error) {
    if (signal.aborted) return;
    main.removeAttribute("aria-busy");
    if (error.status === 401) return askForKey(error);
    tell("");
    if (!(error instanceof Problem)) console.error(error);
    main.replaceChildren(el("h1", {}, "Not shown"), el("div", { class: "card" }, faultOf(error, () => show(true))));
  }
};

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { from, to } = form.elements;
  go(`?${query({ ego: fields.ego.reference, alter: fields.alter.reference, from: from.value.trim(), to: to.value.trim() })}`);
});

document.addEventListener("click", (event) => {
  const link = event.target.closest?.("a");
  const address = link?.getAttribute("href");
  if (!address?.startsWith("?") || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
  event.preventDefault();
  go(address);
});

addEventListener("popstate", () => show(true));
show(false);
