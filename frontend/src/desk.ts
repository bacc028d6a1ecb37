/** The desk: keyboard shortcuts, the map of a case, and word of what has changed meanwhile. */
import "./styles/base.css";
import "./styles/desk.css";
import { find } from "./elements";
import { hintForms, lateParts } from "./hints";
import { placeMaps } from "./map/place";

document.documentElement.classList.remove("no-js");

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches("input, textarea, select, [contenteditable]");

function help(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("#keys");
}

/** j and k walk through the list; Enter opens, as links do. */
function walk(step: number): void {
  const items = [...document.querySelectorAll<HTMLAnchorElement>(".list .item")];
  if (!items.length) return;
  const at = items.findIndex((item) => item === document.activeElement || item.hasAttribute("aria-current"));
  const focused = items.findIndex((item) => item === document.activeElement);
  const from = focused >= 0 ? focused : at;
  items[Math.max(0, Math.min(items.length - 1, from + step))]?.focus();
}

/** An action's key opens its form and puts the cursor into the first field. */
function openAction(key: string): boolean {
  const action = document.querySelector<HTMLDetailsElement>(`details[data-key="${CSS.escape(key)}"]`);
  if (!action) return false;
  action.open = true;
  action.scrollIntoView({ block: "nearest" });
  action.querySelector<HTMLElement>("input:not([type=hidden]), textarea, select, button")?.focus();
  return true;
}

function shortcut(event: KeyboardEvent): void {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "Escape" && typing(event.target)) (event.target as HTMLElement).blur();
  if (typing(event.target)) return;
  const plain: Record<string, () => void> = {
    j: () => walk(1),
    k: () => walk(-1),
    "/": () => document.querySelector<HTMLInputElement>("[data-find]")?.focus(),
    "?": () => help()?.showModal(),
    g: () => (location.href = find<HTMLAnchorElement>("[data-inbox]").href),
  };
  const does = plain[event.key];
  if (does) does();
  else if (!openAction(event.key.toUpperCase())) return;
  event.preventDefault();
}

function start(): void {
  document.addEventListener("keydown", shortcut);
  const keys = document.querySelector<HTMLButtonElement>("[data-keys]");
  if (keys) keys.hidden = false;
  keys?.addEventListener("click", () => help()?.showModal());
  for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-go]")) {
    select.addEventListener("change", () => select.form?.requestSubmit());
  }
  hintForms();
  void lateParts();
  void placeMaps();
}

start();
