/** The portal: everything works without this file; with it, reporting takes fewer steps. */
import "./styles/base.css";
import "./styles/reporting.css";
import "./styles/portal.css";
import { dropAtSignOut } from "./draft";
import { element } from "./elements";
import { sendOnce } from "./forms";
import { hintForms } from "./hints";
import { devicePlace, sayChosenPlace } from "./map/device";
import { placeMaps } from "./map/place";
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

async function start(): Promise<void> {
  dropAtSignOut();
  previewPhotos();
  copyButtons();
  printButtons();
  sendOnce();
  hintForms();
  sayChosenPlace();
  const maps = await placeMaps();
  const picking = document.querySelector<HTMLElement>(".place-pick");
  devicePlace(picking ? maps.get(picking) : undefined);
}

void start();
