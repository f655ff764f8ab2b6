// What the record says, in words: dates as uncertain as they are, statuses by name.

const CERTAINTY = {
  confirmed: ["good", "Both sides say it took place."],
  acknowledged: ["good", "One side says it took place, and no side denies it."],
  reported: ["open", "Somebody says it took place; neither side has spoken."],
  disputed: ["bad", "One side says it took place, another denies it."],
  denied: ["bad", "A side says it did not take place."],
  did_not_happen: ["bad", "An editor ruled that it did not take place."],
  cancelled: ["bad", "It was called off."],
  declined: ["bad", "It was refused."],
  planned: ["open", "Somebody says it will take place."],
  unsettled: ["open", "What is on record does not settle it."],
};

export const statusOf = (status) => CERTAINTY[status] ?? ["open", ""];
export const plain = (word) => (word ?? "").replaceAll("_", " ");
export const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);
export const counted = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export const when = (edtf) => {
  if (!edtf || edtf === ".." || edtf === "/") return "date unknown";
  const some = edtf.match(/^\[(.*)\.\.(.*)\]$/);
  if (some) return `some time ${some[1] ? `from ${some[1]} ` : ""}${some[2] ? `until ${some[2]}` : "on"}`;
  const [since, until] = edtf.split("/");
  if (until === undefined) return edtf.replace("T", " ");
  if (!since || since === "..") return `by ${until}`;
  if (!until || until === "..") return `since ${since}`;
  return `${since} to ${until}`;
};

const LAST_MS = 1;
export const span = (bounds) => {
  const first = bounds?.earliest?.slice(0, 10);
  // The end of bounds is exclusive: the last day is that of the instant before.
  const end = bounds?.latest ? new Date(Date.parse(`${bounds.latest}Z`) - LAST_MS).toISOString().slice(0, 10) : undefined;
  if (!first && !end) return "date unknown";
  if (!first) return `by ${end}`;
  if (!end) return `since ${first}`;
  return first === end ? first : `${first} to ${end}`;
};

export const silence = ({ at_least: least, at_most: most }) => {
  if (least === null && most === null) return ["unknown", "for how long is not known"];
  if (most === null) return [`≥ ${least.toLocaleString("en")}`, "days of silence, at least"];
  if (least === null) return [`≤ ${most.toLocaleString("en")}`, "days of silence, at most"];
  if (least === most) return [least.toLocaleString("en"), least === 1 ? "day of silence" : "days of silence"];
  return [`${least.toLocaleString("en")}–${most.toLocaleString("en")}`, "days of silence, as the dates allow"];
};
