/** The portal: everything works without this file; with it, reporting takes fewer steps. */
import "./styles/base.css";
import "./styles/portal.css";
import { element } from "./elements";
import { placeMaps, type PlaceMap } from "./map/place";
import { word } from "./words";

document.documentElement.classList.remove("no-js");

/** Show each chosen photograph in its own box. */
function previewPhotos(): void {
  for (const box of document.querySelectorAll<HTMLElement>(".photo")) {
    const input = box.querySelector<HTMLInputElement>("input[type=file]");
    input?.addEventListener("change", () => showPhoto(box, input.files?.[0]));
  }
}

function showPhoto(box: HTMLElement, file: File | undefined): void {
  box.querySelector("img")?.remove();
  if (!file) return;
  const image = element("img", { src: URL.createObjectURL(file), alt: file.name });
  image.addEventListener("load", () => URL.revokeObjectURL(image.src));
  box.append(image);
}

/** "Where I am" by the device, said aloud when it fails. */
function devicePlace(map: PlaceMap | undefined): void {
  const button = document.querySelector<HTMLButtonElement>("[data-device-place]");
  const says = document.querySelector<HTMLElement>("[data-device-says]");
  if (!button || !says || !map || !navigator.geolocation) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    says.textContent = word("place-asking");
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        map.choose([coords.longitude, coords.latitude], { follow: true });
        says.textContent = word("place-device", { metres: Math.round(coords.accuracy) });
      },
      () => (says.textContent = word("place-refused")),
      { enableHighAccuracy: true, timeout: 10_000 },
    );
  });
}

function sayChosenPlace(): void {
  const fields = document.querySelector("#place-fields");
  const says = document.querySelector<HTMLElement>("[data-device-says]");
  fields?.addEventListener("place-chosen", () => says && (says.textContent = word("place-chosen")));
}

function copyButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(button.dataset.copy ?? "");
      button.textContent = word("copied");
    });
  }
}

function printButtons(): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/** One press sends once. */
function sendOnce(): void {
  for (const form of document.querySelectorAll<HTMLFormElement>("form[data-once]")) {
    form.addEventListener("submit", () => {
      const button = form.querySelector<HTMLButtonElement>("button[type=submit]");
      if (!button) return;
      button.disabled = true;
      button.textContent = word("sending");
    });
  }
}

async function start(): Promise<void> {
  previewPhotos();
  copyButtons();
  printButtons();
  sendOnce();
  sayChosenPlace();
  const maps = await placeMaps();
  const picking = document.querySelector<HTMLElement>(".place-pick");
  devicePlace(picking ? maps.get(picking) : undefined);
}

void start();
