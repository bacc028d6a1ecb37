/** A long list of categories, narrowed by what is written. */
import { find } from "./elements";
import { word } from "./words";

/** Categories by name, code or word; Arrow down goes to the first one left. */
export function findCategories(): void {
  const box = document.querySelector<HTMLElement>("[data-pick]");
  const input = document.querySelector<HTMLInputElement>("[data-pick-find]");
  if (!box || !input) return;
  input.hidden = false;
  const items = [...box.querySelectorAll<HTMLElement>("[data-words]")];
  const narrow = () => {
    const wanted = input.value.trim().toLowerCase().split(/\s+/);
    for (const item of items) item.hidden = !wanted.every((one) => item.dataset.words?.includes(one));
    for (const group of box.querySelectorAll<HTMLElement>(".pick-group")) group.hidden = !hasItems(group);
    find<HTMLElement>("[data-pick-says]").textContent = items.every((item) => item.hidden) ? word("none-found") : "";
  };
  input.addEventListener("input", narrow);
  input.addEventListener("keydown", (event) => {
    if (event.key !== "ArrowDown" && event.key !== "Enter") return;
    event.preventDefault();
    const first = items.find((item) => !item.hidden)?.querySelector<HTMLInputElement>("input");
    first?.focus();
    first?.click();
  });
}

/** Whether a heading still has an item under it. */
function hasItems(group: HTMLElement): boolean {
  for (let next = group.nextElementSibling; next && !next.matches(".pick-group"); next = next.nextElementSibling) {
    if (!(next as HTMLElement).hidden) return true;
  }
  return false;
}
