// A text field that proposes actors while one types: the combobox pattern of ARIA 1.2, with the keyboard alone.

import { ask, query } from "./ask.js";
import { el } from "./dom.js";
import { counted } from "./words.js";

const PAUSE_MS = 150;

export class ActorField {
  constructor(input, tell) {
    this.input = input;
    this.tell = tell;
    this.slug = "";
    this.items = [];
    this.at = -1;
    this.list = el("ul", { class: "options", role: "listbox", id: `${input.id}-options`, "aria-label": "Actors", hidden: true });
    const roles = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id };
    for (const [name, value] of Object.entries(roles)) input.setAttribute(name, value);
    input.after(this.list);
    input.addEventListener("input", () => this.typed());
    input.addEventListener("keydown", (event) => this.pressed(event));
    input.addEventListener("blur", () => this.close());
  }

  // A reference typed by hand, such as iso3:USA, counts as it is.
  get reference() {
    return this.slug || this.input.value.trim();
  }

  set(name, slug) {
    this.input.value = name;
    this.slug = slug;
    this.close();
  }

  typed() {
    this.slug = "";
    clearTimeout(this.timer);
    this.waiting?.abort();
    const text = this.input.value.trim();
    if (!text) return this.close();
    this.timer = setTimeout(() => this.propose(text), PAUSE_MS);
  }

  async propose(text) {
    this.waiting = new AbortController();
    try {
      const found = await ask(`actors/search?${query({ q: text, limit: 8 })}`, this.waiting.signal);
      if (document.activeElement === this.input) this.show(found.items);
    } catch (error) {
      if (error.name !== "AbortError") { this.close(); this.tell(error.message, error); }
    }
  }

  show(items) {
    this.items = items;
    this.at = -1;
    this.list.replaceChildren(...items.map((item, index) => {
      const about = item.holds ?? [item.kind, item.state].filter(Boolean).join(" · ");
      const pick = (event) => { event.preventDefault(); this.choose(index); };
      return el("li", { role: "option", id: `${this.list.id}-${index}`, "aria-selected": "false", onmousedown: pick }, item.name, el("small", {}, about));
    }));
    this.list.hidden = items.length === 0;
    this.input.setAttribute("aria-expanded", String(items.length > 0));
    this.tell(items.length ? `${counted(items.length, "actor")} proposed` : "No actor of that name");
  }

  close() {
    clearTimeout(this.timer);
    this.waiting?.abort();
    this.items = [];
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  choose(index) {
    const item = this.items[index];
    this.set(item.name, item.slug ?? item.id);
  }

  move(step) {
    this.at = (this.at + step + this.items.length) % this.items.length;
    [...this.list.children].forEach((child, index) => child.setAttribute("aria-selected", String(index === this.at)));
    this.list.children[this.at].scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", this.list.children[this.at].id);
  }

  pressed(event) {
    if (event.key === "Escape") return this.close();
    if (!this.items.length) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      this.move(event.key === "ArrowDown" ? 1 : this.at < 0 ? 0 : -1);
    } else if (event.key === "Enter" && this.at >= 0) {
      event.preventDefault();
      this.choose(this.at);
    }
  }
}
