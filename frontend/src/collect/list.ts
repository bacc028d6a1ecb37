/** What waits, what was sent, and what the server did not take, with what can be done about it. */
import { element, find } from "../elements";
import { fullTime, word } from "../words";
import { all, drop, put, type Waiting } from "./queue";

function button(name: string, does: () => void): HTMLButtonElement {
  const made = element("button", { type: "button", class: "button button-small" }, name);
  made.addEventListener("click", does);
  return made;
}

function item(one: Waiting, again: () => void, changed: () => void): HTMLLIElement {
  const state = one.state === "waiting" ? word("state-waiting") : one.said;
  const retry = async () => {
    await put({ ...one, state: "waiting", said: "" });
    again();
  };
  const away = async () => {
    if (!confirm(word("drop-sure"))) return;
    await drop(one.key);
    changed();
  };
  const doing = one.state === "refused" ? element("div", { class: "row" }, button(word("retry"), retry), button(word("drop"), away)) : null;
  return element(
    "li",
    { class: `card queue-${one.state}`, "data-key": one.key },
    element("strong", {}, one.label),
    element("p", { class: "small muted" }, fullTime(new Date(one.made))),
    element("p", { class: "small" }, state),
    doing,
  );
}

/** Whether the list may still change by itself: it is not drawn yet, or something is on its way. */
export function tellBusy(busy: boolean): void {
  find("#queue-list").setAttribute("aria-busy", String(busy));
}

/** Draws the list; the number that waits for this person. */
export async function drawQueue(subject: string, again: () => void): Promise<number> {
  const known = await all();
  const own = known.filter((one) => one.subject === subject);
  const others = known.filter((one) => one.subject !== subject && one.state === "waiting").length;
  const waiting = own.filter((one) => one.state === "waiting").length;
  const redraw = () => void drawQueue(subject, again);
  find("#queue-list").replaceChildren(...own.reverse().map((one) => item(one, again, redraw)));
  const says = waiting ? word("waiting", { n: waiting }) : word("waiting-none");
  find("#queue-says").textContent = others ? `${says} ${word("others", { n: others })}` : says;
  find("#queue-count").textContent = waiting ? String(waiting) : "";
  return waiting;
}
