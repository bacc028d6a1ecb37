/** Where officers open cases: the general form and the hotline's seat, by keys. Every form works without this file. */
import "./styles/reporting.css";
import "./styles/reception.css";
import { dropWhenTakenDown, keepDraft } from "./draft";
import { find } from "./elements";
import { sendOnce } from "./forms";
import { devicePlace, sayChosenPlace } from "./map/device";
import { placeMaps, type PlaceMap } from "./map/place";
import { findCategories } from "./pick";

const all = <T extends HTMLElement>(selector: string, within: ParentNode = document) => [
  ...within.querySelectorAll<T>(selector),
];

/** Only what belongs to the chosen value is shown, and only that is sent. */
function showOnly(name: string, key: "extra" | "ending"): void {
  const parts = all<HTMLElement>(`[data-${key}]`);
  const show = () => {
    const chosen = document.querySelector<HTMLInputElement>(`[name="${name}"]:checked`)?.value ?? "";
    for (const part of parts) {
      part.hidden = part.dataset[key] !== chosen;
      for (const field of all<HTMLInputElement>("input, select, textarea", part)) field.disabled = part.hidden;
    }
  };
  document.addEventListener("change", (event) => (event.target as HTMLInputElement).name === name && show());
  show();
}

/** F-keys of the seat, digits in a row of buttons, Ctrl+Enter to send. */
function keys(event: KeyboardEvent): void {
  const form = document.querySelector<HTMLFormElement>("[data-send-by-keys]");
  if (form && event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    form.requestSubmit(find<HTMLButtonElement>("button.button-primary[type=submit]", form));
    return;
  }
  if (digit(event)) return;
  const target = keyTarget(event.key);
  if (!target) return;
  event.preventDefault();
  target.focus();
}

function keyTarget(key: string): HTMLElement | null {
  if (!document.querySelector("[data-seat]") || !/^F\d$/.test(key)) return null;
  if (key === "F7") return document.querySelector("[data-pick-find]");
  if (key === "F8") return document.querySelector("#division");
  return document.querySelector(`[data-key="${key}"]`);
}

function digit(event: KeyboardEvent): boolean {
  const row = event.target instanceof HTMLElement ? event.target.closest("[data-digits]") : null;
  if (!row || !/^[1-9]$/.test(event.key) || !(event.target as HTMLElement).matches("[type=radio]")) return false;
  all<HTMLInputElement>("input[type=radio]", row)[Number(event.key) - 1]?.click();
  event.preventDefault();
  return true;
}

/** What this caller has reported, without leaving what is written. */
function askHistory(): void {
  const button = document.querySelector<HTMLButtonElement>("[data-history-ask]");
  const form = button?.form;
  if (!button || !form) return;
  button.addEventListener("click", async (event) => {
    event.preventDefault();
    const answer = await fetch(button.formAction, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const found = page.querySelector("#history");
    if (found) find("#history").replaceWith(document.adoptNode(found));
  });
}

/** A draft's place may come after the map was made. */
function showKeptPlace(map: PlaceMap | undefined): void {
  const [lng, lat] = ["longitude", "latitude"].map((name) => document.querySelector<HTMLInputElement>(`[name=${name}]`)?.value);
  if (map && lng && lat) map.choose([Number(lng), Number(lat)], { tell: false, follow: true });
}

async function start(): Promise<void> {
  keepDraft();
  dropWhenTakenDown();
  showOnly("category", "extra");
  showOnly("then", "ending");
  findCategories();
  askHistory();
  sendOnce();
  sayChosenPlace();
  document.addEventListener("keydown", keys);
  document.querySelector<HTMLElement>("[data-first]")?.focus();
  const picking = document.querySelector<HTMLElement>(".place-pick");
  // The desk's own script has made the maps by now or will; each is made once.
  const maps = await placeMaps();
  const map = picking ? maps.get(picking) : undefined;
  showKeptPlace(map);
  devicePlace(map);
}

void start();
