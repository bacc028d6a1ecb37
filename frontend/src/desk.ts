/** The desk: keyboard shortcuts, the map of a case, and word of what has changed meanwhile. */
import "./styles/base.css";
import "./styles/desk.css";
import { dropAtSignOut } from "./draft";
import { find } from "./elements";
import { hintForms, lateParts } from "./hints";
import { across, act, choose, chooseAll, filters, startLists, turn, walk } from "./lists";
import { follow } from "./live/follow";
import { drawCourses } from "./map/course";
import { placeMaps } from "./map/place";

document.documentElement.classList.remove("no-js");

const typing = (target: EventTarget | null) =>
  target instanceof HTMLElement && target.matches("input:not([type=checkbox]), textarea, select, [contenteditable]");

function help(): HTMLDialogElement | null {
  return document.querySelector<HTMLDialogElement>("#keys");
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
  // Letters that only a list knows; on a page of a case they belong to its actions.
  const listed: Record<string, () => void> = {
    x: choose,
    a: chooseAll,
    b: act,
    f: filters,
    n: () => turn("after"),
    p: () => turn("before"),
  };
  const columns: Record<string, () => void> = { h: () => across(-1), l: () => across(1) };
  const here = document.querySelector("#bulk") ? listed : document.querySelector(".board") ? columns : {};
  const does = plain[event.key] ?? here[event.key];
  if (does) does();
  else if (!openAction(event.key.toUpperCase())) return;
  event.preventDefault();
}

/** What is wider than its frame opens where it begins to be read: the page's own door, the first state of a drawing. */
function bringIntoView(): void {
  const frames = [
    [".bar nav", "[aria-current]"],
    ["[data-drawing]", "circle"],
  ] as const;
  for (const [frame, mark] of frames) {
    const wide = document.querySelector<HTMLElement>(frame);
    const first = wide?.querySelector(mark)?.getBoundingClientRect();
    if (!wide || !first) continue;
    wide.scrollLeft += first.left + first.width / 2 - wide.getBoundingClientRect().left - wide.clientWidth / 2;
  }
}

function start(): void {
  document.addEventListener("keydown", shortcut);
  const keys = document.querySelector<HTMLButtonElement>("[data-keys]");
  if (keys) keys.hidden = false;
  keys?.addEventListener("click", () => help()?.showModal());
  for (const select of document.querySelectorAll<HTMLSelectElement>("select[data-go]")) {
    select.addEventListener("change", () => select.form?.requestSubmit());
  }
  dropAtSignOut();
  bringIntoView();
  startLists();
  hintForms();
  void lateParts();
  void placeMaps();
  void drawCourses();
  follow();
}

start();
