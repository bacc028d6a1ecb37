/** Lists of cases: walking, choosing, columns of a board, pages, and filters that leave a tidy address. */

const PHONE = "(max-width: 760px)";

const all = <T extends Element>(selector: string, within: ParentNode = document): T[] => [
  ...within.querySelectorAll<T>(selector),
];

/** j and k walk through the list, or the column where one stands; Enter opens, as links do. */
export function walk(step: number): void {
  const column = document.activeElement?.closest(".column");
  const items = all<HTMLAnchorElement>(column ? ".item" : ".list .item", column ?? document);
  if (!items.length) return;
  const focused = items.findIndex((item) => item === document.activeElement);
  const from = focused >= 0 ? focused : items.findIndex((item) => item.hasAttribute("aria-current"));
  items[Math.max(0, Math.min(items.length - 1, from + step))]?.focus();
}

/** h and l go to the card at the same height of the column beside; empty columns are passed over. */
export function across(step: number): void {
  const columns = all<HTMLElement>(".column").filter((column) => column.querySelector(".item"));
  if (!columns.length) return;
  const now = columns.findIndex((column) => column.contains(document.activeElement));
  const next = columns[now < 0 ? 0 : Math.max(0, Math.min(columns.length - 1, now + step))];
  if (!next) return;
  const height = now < 0 ? 0 : all(".item", columns[now]).indexOf(document.activeElement as Element);
  const cards = all<HTMLAnchorElement>(".item", next);
  cards[Math.min(Math.max(0, height), cards.length - 1)]?.focus();
  next.scrollIntoView({ block: "nearest", inline: "nearest" });
}

const picks = () => all<HTMLInputElement>(".row-line input[name=case]");

function told(): void {
  const chosen = picks().filter((pick) => pick.checked).length;
  const button = document.querySelector<HTMLButtonElement>("[data-bulk]");
  const count = document.querySelector("[data-chosen]");
  if (count) count.textContent = chosen ? String(chosen) : "";
  if (button) button.disabled = chosen === 0;
  const whole = document.querySelector<HTMLInputElement>("[data-all]");
  if (whole) whole.checked = chosen > 0 && chosen === picks().length;
}

/** x: the case that one stands on is chosen, or not any more. */
export function choose(): void {
  const pick = document.activeElement?.closest(".row-line")?.querySelector<HTMLInputElement>("input[name=case]");
  if (!pick) return;
  pick.checked = !pick.checked;
  told();
}

/** a: the whole page is chosen; once more, none of it. */
export function chooseAll(): void {
  const some = picks();
  const every = some.every((pick) => pick.checked);
  for (const pick of some) pick.checked = !every;
  told();
}

export function act(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-bulk]");
  if (button && !button.disabled) button.click();
}

export function turn(to: "before" | "after"): void {
  document.querySelector<HTMLAnchorElement>(`[data-page="${to}"]`)?.click();
}

export function filters(): void {
  const facets = document.querySelector<HTMLDetailsElement>(".facets-in");
  if (!facets) return;
  facets.open = true;
  facets.querySelector<HTMLElement>("select, input:not([type=hidden])")?.focus();
}

export function startLists(): void {
  for (const pick of picks()) pick.addEventListener("change", told);
  document.querySelector<HTMLInputElement>("[data-all]")?.addEventListener("change", chooseAll);
  told();
  const facets = document.querySelector<HTMLDetailsElement>("[data-wide-open]");
  if (facets && matchMedia(PHONE).matches) facets.open = false;
  for (const form of all<HTMLFormElement>(".facets-form, .find-row")) {
    form.addEventListener("submit", () => {
      for (const field of all<HTMLInputElement>("select, input", form)) field.disabled = field.value === "";
    });
  }
}
