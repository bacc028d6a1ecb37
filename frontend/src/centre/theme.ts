/** Dark or light by the same tokens; the choice is kept in this browser. What draws itself asks for colours here. */
import type { Palette } from "./points";
import { BY_NUMBER, type Level } from "./state";

export type Theme = "dark" | "light";
const KEPT = "huicheng-centre-theme";

export function currentTheme(): Theme {
  return document.documentElement.dataset.theme === "dark" ? "dark" : "light";
}

/** As chosen before; a wall is dark. A browser that keeps nothing gets the dark one. */
export function startTheme(): void {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEPT);
  } catch {
    kept = null;
  }
  put(kept === "light" ? "light" : "dark");
}

export function turnTheme(): Theme {
  const next: Theme = currentTheme() === "dark" ? "light" : "dark";
  put(next);
  try {
    localStorage.setItem(KEPT, next);
  } catch {
    // Shown all the same; only not kept.
  }
  return next;
}

function put(theme: Theme): void {
  document.documentElement.dataset.theme = theme;
  document.querySelector('meta[name="color-scheme"]')?.setAttribute("content", theme);
}

export function token(name: string): string {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

/** The colour of a state on the map. */
export function levelColour(level: Level): string {
  return token(level === "warning" || level === "severe" ? `--${level}-fill` : `--${level}`);
}

export function palette(): Palette {
  return { states: BY_NUMBER.map((level) => rgba(levelColour(level))), edge: [...rgba(token("--map-ground")).slice(0, 3), 0.85] };
}

function rgba(colour: string): number[] {
  const hex = /^#([0-9a-f]{6})$/i.exec(colour)?.[1] ?? "808080";
  return [0, 2, 4].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).concat(1);
}
