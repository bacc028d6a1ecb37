/** What is written at a seat is kept in this browser until it has been sent, a person clears it, or signs out. */
import { find } from "./elements";
import { shortTime, word } from "./words";

interface Draft {
  at: string;
  fields: [string, string][];
}

const PREFIX = "huicheng-draft:";
/** Times, marks and keys that belong to the page and not to who writes. */
const NOT_WRITTEN = new Set(["csrfmiddlewaretoken", "kind"]);
const PAUSE = 300;

const keys = () => Object.keys(localStorage).filter((key) => key.startsWith(PREFIX));

/** Cleared or signed out: what still stands in the form is not kept once more as the page goes. */
let over = false;

function drop(left: string[]): void {
  for (const key of left) localStorage.removeItem(key);
}

/** Signing out leaves nothing behind for whoever sits down next. */
export function dropAtSignOut(): void {
  document.querySelector("form[data-sign-out]")?.addEventListener("submit", () => {
    over = true;
    drop(keys());
  });
}

/** The form with `data-draft=SEAT`: what is kept is put back into a fresh one, and kept again as it changes. */
export function keepDraft(): void {
  const form = document.querySelector<HTMLFormElement>("form[data-draft]");
  if (!form) return;
  const key = `${PREFIX}${form.dataset.draft}`;
  // Another seat's draft is not for whoever sits here now.
  drop(keys().filter((one) => one !== key));
  if (form.hasAttribute("data-draft-fresh")) putBack(form, key);
  let waiting = 0;
  const keep = () => write(form, key);
  const later = () => {
    clearTimeout(waiting);
    waiting = window.setTimeout(keep, PAUSE);
  };
  for (const happens of ["input", "change", "place-chosen"]) form.addEventListener(happens, later);
  addEventListener("pagehide", keep);
}

/** The receipt says that what was drafted is kept by the system now. */
export function dropWhenTakenDown(): void {
  if (document.querySelector(".receipt")) drop(keys());
}

function written(form: HTMLFormElement): [string, string][] {
  const all = [...new FormData(form).entries()];
  return all.filter((one): one is [string, string] => typeof one[1] === "string" && one[1] !== "" && !NOT_WRITTEN.has(one[0]));
}

function write(form: HTMLFormElement, key: string): void {
  if (over) return;
  const draft: Draft = { at: new Date().toISOString(), fields: written(form) };
  // A full or forbidden store costs the draft and nothing else.
  try {
    if (draft.fields.some(([name]) => !isDefault(form, name))) localStorage.setItem(key, JSON.stringify(draft));
    else localStorage.removeItem(key);
  } catch {
    return;
  }
}

/** Buttons that stand chosen on a fresh page are nothing that somebody wrote. */
function isDefault(form: HTMLFormElement, name: string): boolean {
  const fields = [...form.querySelectorAll<HTMLInputElement>(`[name="${CSS.escape(name)}"]`)];
  return fields.every((field) => field.type === "radio" && field.checked === field.defaultChecked);
}

function putBack(form: HTMLFormElement, key: string): void {
  const draft = read(key);
  if (!draft?.fields.length) return;
  for (const [name, value] of draft.fields) putOne(form, name, value);
  const says = find<HTMLElement>("[data-draft-says]");
  find<HTMLElement>("span", says).textContent = word("draft-kept", { at: shortTime(draft.at) });
  find<HTMLButtonElement>("button", says).addEventListener("click", () => {
    over = true;
    drop([key]);
    location.assign(location.pathname + location.search);
  });
  says.hidden = false;
}

function read(key: string): Draft | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Draft | null;
  } catch {
    return null;
  }
}

function putOne(form: HTMLFormElement, name: string, value: string): void {
  const field = form.elements.namedItem(name);
  if (field instanceof RadioNodeList) field.value = value;
  else if (field instanceof HTMLInputElement || field instanceof HTMLSelectElement || field instanceof HTMLTextAreaElement) {
    if (field instanceof HTMLInputElement && (field.type === "radio" || field.type === "checkbox")) field.checked = field.value === value;
    else field.value = value;
  }
}
