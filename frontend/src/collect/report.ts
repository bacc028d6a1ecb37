/** The report: photograph, place, category, send. */
import { element, find } from "../elements";
import type { PlaceMap } from "../map/place";
import { word } from "../words";
import { shrink, type Shot } from "./photo";
import { position, written, type Position } from "./position";
import { newKey, type Waiting } from "./queue";

export interface Kind {
  kind: string;
  name: string;
  /** Field of the opening that takes where the device stood; "" for none. */
  position: string;
  categories: { key: string; name: string }[];
}

const MOST = 6;

export class Report {
  private readonly form = find<HTMLFormElement>("#report-form");
  private shots: Shot[] = [];
  private stood: Position | null = null;

  constructor(
    private readonly kinds: Kind[],
    private readonly subject: string,
    private readonly address: string,
    private readonly keep: (one: Waiting) => Promise<boolean>,
  ) {
    find<HTMLInputElement>("#camera").addEventListener("change", (event) => void this.take(event.target as HTMLInputElement));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send();
    });
    find("#place-fields").addEventListener("place-chosen", () => this.says(word("place-chosen")));
  }

  /** Ask the device where it is, now and whenever the button is pressed. */
  follow(map: PlaceMap | undefined): void {
    const ask = async () => {
      this.says(word("place-asking"));
      this.stood = await position();
      if (!this.stood) {
        find<HTMLDetailsElement>("#place-more").open = true;
        return this.says(word("place-refused"));
      }
      map?.choose([this.stood.longitude, this.stood.latitude], { follow: true, tell: false });
      this.field("longitude").value = this.stood.longitude.toFixed(6);
      this.field("latitude").value = this.stood.latitude.toFixed(6);
      this.says(word("place-accuracy", { metres: Math.round(this.stood.accuracy) }));
    };
    find("#locate").addEventListener("click", () => void ask());
    void ask();
  }

  private field(name: string): HTMLInputElement {
    return find<HTMLInputElement>(`[name=${name}]`, this.form);
  }

  private says(text: string): void {
    find("#place-says").textContent = text;
  }

  private async take(input: HTMLInputElement): Promise<void> {
    const file = input.files?.[0];
    input.value = "";
    if (!file || this.shots.length >= MOST) return;
    this.shots.push(await shrink(file));
    this.drawShots();
  }

  private drawShots(): void {
    const box = find("#shots");
    for (const old of box.querySelectorAll(".shot")) old.remove();
    const drawn = this.shots.map((shot, at) => {
      const image = element("img", { src: URL.createObjectURL(new Blob([shot.bytes], { type: shot.type })), alt: "" });
      image.addEventListener("load", () => URL.revokeObjectURL(image.src));
      const away = element("button", { type: "button", "aria-label": word("remove-photo") }, "×");
      away.addEventListener("click", () => {
        this.shots.splice(at, 1);
        this.drawShots();
      });
      return element("div", { class: "photo shot" }, image, away);
    });
    box.prepend(...drawn);
    find<HTMLElement>(".shot-new", box).hidden = this.shots.length >= MOST;
  }

  private missing(category: string): string {
    if (!this.shots.length) return word("photo-first");
    if (!category) return word("category-first");
    const placed = this.field("longitude").value || this.field("address").value.trim() || this.field("division").value;
    return placed ? "" : word("place-first");
  }

  private async send(): Promise<void> {
    const data = new FormData(this.form);
    const chosen = String(data.get("category") ?? "");
    const wrong = this.missing(chosen);
    const error = find<HTMLElement>("#report-error");
    error.hidden = !wrong;
    error.textContent = wrong;
    if (wrong || !(await this.keep(this.made(data, chosen)))) return;
    this.shots = [];
    this.drawShots();
    find<HTMLTextAreaElement>("#text").value = "";
    for (const radio of this.form.querySelectorAll<HTMLInputElement>("[name=category]")) radio.checked = false;
  }

  private made(data: FormData, chosen: string): Waiting {
    const [kind = "", category = ""] = chosen.split(":");
    const declared = this.kinds.find((one) => one.kind === kind);
    const name = declared?.categories.find((one) => one.key === category)?.name ?? category;
    const key = newKey();
    const fields: Record<string, string> = { kind, category, client_key: key, text: String(data.get("text")).trim() || name };
    for (const field of ["longitude", "latitude", "division", "address"]) fields[field] = String(data.get(field) ?? "");
    if (declared?.position && this.stood) fields[`f-${declared.position}`] = written(this.stood);
    const photos = this.shots.map((shot) => ({ field: "photos", ...shot }));
    const label = word("report-of", { name });
    return { key, subject: this.subject, address: this.address, fields, photos, label, made: Date.now(), state: "waiting", said: "" };
  }
}
