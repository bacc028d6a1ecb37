/** Hints from the server while somebody writes: likely categories, and open cases that may be the same. A person decides. */
import { element } from "./elements";
import { word } from "./words";

interface Category {
  /** Value of the field that it would be put into. */
  value: string;
  name: string;
  confidence: number;
}

interface Likeness {
  name: string;
  says: string;
  address: string;
}

interface Hints {
  categories: Category[];
  similar: Likeness[];
}

const PAUSE = 700;

/** A form with `data-hints=URL` asks as its text, category or place changes. */
export function hintForms(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-hints]")) {
    // Asked all the time: the button that asks once is for browsers without this file.
    for (const button of form.querySelectorAll("[name=look]")) button.parentElement?.remove();
    let waiting = 0;
    const later = () => {
      clearTimeout(waiting);
      waiting = window.setTimeout(() => void ask(form), PAUSE);
    };
    for (const happens of ["input", "change", "place-chosen"]) form.addEventListener(happens, later);
  }
}

async function ask(form: HTMLFormElement): Promise<void> {
  const shown = form.querySelector<HTMLElement>("[data-hints-shown]");
  const sent = new FormData(form);
  for (const [name, value] of [...sent.entries()]) if (value instanceof File) sent.delete(name);
  const asked = [...sent.values()].join("\n");
  if (!shown || shown.dataset.asked === asked) return;
  shown.dataset.asked = asked;
  const answer = await fetch(form.dataset.hints ?? "", { method: "POST", body: sent }).catch(() => null);
  if (answer?.ok) show(form, shown, (await answer.json()) as Hints);
}

function show(form: HTMLFormElement, shown: HTMLElement, hints: Hints): void {
  const categories = hints.categories.map((one) => categoryButton(form, one));
  const similar = hints.similar.map((one) =>
    element("li", {}, element("a", { href: one.address, target: "_blank", rel: "noopener" }, one.name), ` · ${one.says}`),
  );
  shown.replaceChildren(
    ...(categories.length ? [element("p", { class: "small" }, word("hints-categories")), ...categories] : []),
    ...(similar.length ? [element("p", { class: "small" }, word("hints-similar")), element("ul", {}, ...similar)] : []),
  );
  shown.hidden = !categories.length && !similar.length;
}

function categoryButton(form: HTMLFormElement, one: Category): HTMLElement {
  const words = `${one.name} · ${Math.round(one.confidence * 100)} %`;
  const button = element("button", { type: "button", class: "button button-small" }, words);
  button.addEventListener("click", () => choose(form, one.value));
  return button;
}

/** The field may be a select or a row of radio buttons. */
function choose(form: HTMLFormElement, value: string): void {
  const field = form.elements.namedItem("category");
  if (field instanceof HTMLSelectElement || field instanceof RadioNodeList) field.value = value;
  const chosen = field instanceof HTMLSelectElement ? field : form.querySelector("[name=category]:checked");
  chosen?.closest("details")?.setAttribute("open", "");
  chosen?.scrollIntoView({ block: "nearest" });
  chosen?.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Parts of a page that take a moment are fetched after it; without this file they are left out. */
export async function lateParts(): Promise<void> {
  for (const place of document.querySelectorAll<HTMLElement>("[data-part]")) {
    const answer = await fetch(place.dataset.part ?? "").catch(() => null);
    if (!answer?.ok) continue;
    const part = new DOMParser().parseFromString(await answer.text(), "text/html");
    place.replaceChildren(...part.body.childNodes);
  }
}
