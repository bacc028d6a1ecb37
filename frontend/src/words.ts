/** Translated texts and settings that the page hands over in `<script type="application/json">` blocks. */

export function handed<T>(id: string): T | null {
  const block = document.getElementById(id);
  return block?.textContent ? (JSON.parse(block.textContent) as T) : null;
}

const words = handed<Record<string, string>>("words") ?? {};

/** The translated text, with `{name}` places filled. A missing key shows itself. */
export function word(key: string, places: Record<string, string | number> = {}): string {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(places[name] ?? whole));
}

export const language = document.documentElement.lang || "zh-hans";
const locale = language.startsWith("en") ? "en-GB" : "zh-CN";
const ZONE = "Asia/Shanghai";

const clockFormat = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit", hour12: false, timeZone: ZONE });
const dayFormat = new Intl.DateTimeFormat(locale, { month: "numeric", day: "numeric", timeZone: ZONE });
const monthFormat = new Intl.DateTimeFormat(locale, { year: "numeric", month: "2-digit", timeZone: ZONE });
const fullFormat = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short", hour12: false, timeZone: ZONE });

/** Time of day, or the day where one begins, in the installation's zone wherever the browser is. */
export function axisTime(at: number): string {
  const time = clockFormat.format(at);
  return time === "00:00" || time === "24:00" ? dayFormat.format(at) : time;
}

/** Year and month, as labels of a course by months. */
export function axisMonth(at: number): string {
  return monthFormat.format(at);
}

/** Local time of day today, else with the day. */
export function shortTime(moment: string, now: Date = new Date()): string {
  const then = new Date(moment);
  const time = clockFormat.format(then);
  return dayFormat.format(then) === dayFormat.format(now) ? time : `${dayFormat.format(then)} ${time}`;
}

export function fullTime(moment: string | Date): string {
  return fullFormat.format(new Date(moment));
}

const secondFormat = new Intl.DateTimeFormat(locale, { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false, timeZone: ZONE });

/** Day and time to the second. */
export function exactTime(at: number): string {
  return secondFormat.format(at);
}

/** A pack's text in the language of the page. */
export function text(held: Record<string, string> | undefined): string {
  return held?.[language.startsWith("en") ? "en" : "zh-hans"] ?? held?.["zh-hans"] ?? "";
}

export function figure(value: number, digits = 1): string {
  return new Intl.NumberFormat(locale, { maximumFractionDigits: digits }).format(value);
}
