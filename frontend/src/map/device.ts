/** A place by the device, said aloud when it fails; and word of a place that was pressed on the map. */
import { word } from "../words";
import type { PlaceMap } from "./place";

/** "Where I am" by the device. */
export function devicePlace(map: PlaceMap | undefined): void {
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

export function sayChosenPlace(): void {
  const fields = document.querySelector("#place-fields");
  const says = document.querySelector<HTMLElement>("[data-device-says]");
  fields?.addEventListener("place-chosen", () => says && (says.textContent = word("place-chosen")));
}
