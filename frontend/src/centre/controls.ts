/** Buttons beside the map: nearer, the whole, colours, folding, the address of what is seen. */
import { find } from "../elements";
import { word } from "../words";
import { currentTheme, turnTheme } from "./theme";

export interface ControlWishes {
  zoom(by: number): void;
  home(): void;
  themed(): void;
  /** The address of exactly what is seen. */
  address(): URL;
}

/** How long the button says what has become of it (ms). */
const SAID = 6_000;

export function controls(wishes: ControlWishes): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-zoom]")) button.addEventListener("click", () => wishes.zoom(Number(button.dataset.zoom)));
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-fold]")) button.addEventListener("click", () => fold(button));
  find("#home").addEventListener("click", () => wishes.home());
  find("#theme").addEventListener("click", () => {
    turnTheme();
    wishes.themed();
    sayTheme();
  });
  const share = find<HTMLButtonElement>("#share");
  share.addEventListener("click", () => void tellAddress(share, wishes.address().href));
  sayTheme();
}

function sayTheme(): void {
  find<HTMLElement>("#theme").setAttribute("aria-label", word(currentTheme() === "dark" ? "theme-light" : "theme-dark"));
}

/** Into the clipboard; where that is not allowed, into view. */
async function tellAddress(button: HTMLButtonElement, address: string): Promise<void> {
  const says = find<HTMLInputElement>("#share-says");
  says.value = address;
  says.hidden = false;
  says.select();
  try {
    await navigator.clipboard.writeText(address);
    button.textContent = word("copied");
    says.hidden = true;
  } catch {
    button.textContent = word("copy-this");
  }
  setTimeout(() => {
    button.textContent = word("share");
    says.hidden = true;
  }, SAID);
}

/** A rail folded away leaves its room to the map. */
function fold(button: HTMLButtonElement): void {
  const folded = document.body.classList.toggle(`folded-${button.dataset.fold}`);
  button.setAttribute("aria-expanded", String(!folded));
}
