/** The dialog of the section: which street, the picture, and the same as a table for who cannot see it. */
import { Table, type Columns } from "../centre/table";
import type { Feed } from "../centre/feed";
import type { Described } from "../centre/protocol";
import { BY_NUMBER, loadJson, type LayerInfo } from "../centre/state";
import { element, find } from "../elements";
import { figure, language, text, word } from "../words";
import { corridor, type Corridor, type Piece } from "./corridor";
import { SectionScene } from "./scene";

interface Held {
  layer: LayerInfo;
  things: Described[];
}

const STEP = 0.18;

export class Section {
  private readonly dialog = find<HTMLDialogElement>("#section");
  private readonly which = find<HTMLSelectElement>("#section-street");
  private readonly picture = find<HTMLElement>("#section-picture");
  private scene: SectionScene | null = null;
  private held: Held[] = [];

  constructor(
    private readonly feed: Feed,
    private readonly layers: LayerInfo[],
    private readonly address: string,
  ) {
    this.which.addEventListener("change", () => this.show(this.which.value));
    this.dialog.addEventListener("close", () => this.clear());
    find("#section-close").addEventListener("click", () => this.dialog.close());
    for (const button of this.dialog.querySelectorAll<HTMLButtonElement>("[data-turn]")) {
      const [turn, tilt, nearer] = (button.dataset.turn ?? "").split(",").map(Number);
      button.addEventListener("click", () => this.scene?.move(turn! * STEP, tilt! * STEP, nearer || 1));
    }
    this.picture.addEventListener("keydown", (event) => this.key(event));
  }

  /** Open it on a thing that is a line, or on the first line there is. */
  async open(id: string | null): Promise<void> {
    this.dialog.showModal();
    find("#section-says").textContent = word("section-loading");
    this.held = await Promise.all(this.layers.map(async (layer) => ({ layer, things: await this.read(layer) })));
    const streets = this.held.flatMap(({ layer, things }) => (layer.space === "surface" ? things.filter(({ lines }) => lines) : []));
    const others = this.held.flatMap(({ layer, things }) => (layer.space === "surface" ? [] : things.filter(({ lines }) => lines)));
    const options = [...streets, ...others].map((thing) => element("option", { value: thing.id }, thing.name));
    this.which.replaceChildren(...options);
    const first = [...streets, ...others].find((thing) => thing.id === id) ?? streets[0] ?? others[0];
    if (!first) {
      find("#section-says").textContent = word("section-nothing");
      return;
    }
    this.which.value = first.id;
    this.show(first.id);
  }

  /** From the worker where it is shown, else from the door. */
  private async read(layer: LayerInfo): Promise<Described[]> {
    const known = await this.feed.every(layer.id);
    if (known.length) return known;
    try {
      const picture = await loadJson<Columns>(`${this.address}${layer.id}?lang=${language.startsWith("en") ? "en" : "zh"}`);
      const table = Table.of(picture);
      return table.ids.map((_, slot) => table.describe(slot));
    } catch {
      return [];
    }
  }

  private show(id: string): void {
    const street = this.held.flatMap(({ things }) => things).find((thing) => thing.id === id);
    if (!street) return;
    const cut = corridor(street, this.held);
    this.scene?.close();
    this.scene = this.draw(cut);
    const count = (space: string) => cut.pieces.filter((piece) => piece.space === space).length;
    find("#section-says").textContent = word("section-says", { length: figure(cut.length, 0), below: count("underground"), on: count("surface"), above: count("air") });
    find("#section-table").replaceChildren(table(cut));
    find<HTMLElement>("#section-simulated").hidden = ![street, ...cut.pieces.map(({ thing }) => thing)].some(({ simulated }) => simulated);
  }

  /** Without WebGL the table still says everything. */
  private draw(cut: Corridor): SectionScene | null {
    try {
      return new SectionScene(this.picture, cut);
    } catch {
      this.picture.replaceChildren(element("p", { class: "muted" }, word("section-no-picture")));
      return null;
    }
  }

  private clear(): void {
    this.scene?.close();
    this.scene = null;
    this.held = [];
  }

  private key(event: KeyboardEvent): void {
    const way = { ArrowLeft: [-1, 0, 1], ArrowRight: [1, 0, 1], ArrowUp: [0, 1, 1], ArrowDown: [0, -1, 1], "+": [0, 0, 1.15], "-": [0, 0, 1 / 1.15] }[event.key];
    if (!way) return;
    event.preventDefault();
    this.scene?.move(way[0]! * STEP, way[1]! * STEP, way[2]);
  }
}

function table(cut: Corridor): HTMLElement {
  const head = ["section-space", "section-layer", "section-name", "section-height", "section-along", "section-state"].map((key) => element("th", { scope: "col" }, word(key)));
  const order = { air: 0, surface: 1, underground: 2 };
  const rows = [...cut.pieces].sort((a, b) => order[a.space] - order[b.space] || a.along - b.along).map(row);
  const nothing = element("tr", {}, element("td", { colspan: "6" }, word("section-empty")));
  return element("table", { class: "table" }, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...(rows.length ? rows : [nothing])));
}

function row({ space, layer, thing, low, high, along }: Piece): HTMLElement {
  const cells = [word(`space-${space}`), text(layer.name), thing.name, heights(space, low, high), `${figure(along, 0)} m`, word(`level-${BY_NUMBER[thing.state]}`)];
  return element("tr", {}, ...cells.map((cell) => element("td", {}, cell)));
}

function heights(space: Piece["space"], low: number | null, high: number | null): string {
  if (space === "surface") return word("section-ground");
  if (low === null && high === null) return "–";
  if (space === "underground") return `−${figure(low ?? 0, 1)} m`;
  return `${low === null ? "?" : figure(low, 0)}–${high === null ? "?" : figure(high, 0)} m`;
}
