/** What forms of every door share. */
import { word } from "./words";

/** One press sends once. */
export function sendOnce(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) {
    form.addEventListener("submit", (event) => {
      const button = form.querySelector<HTMLButtonElement>("button.button-primary[type=submit]");
      if (!button || event.defaultPrevented) return;
      button.disabled = true;
      button.textContent = word("sending");
    });
  }
}
