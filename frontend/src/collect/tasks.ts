/** Verifying and checking on the spot: tasks with their forms, and proof of having been there. */
import { element, find } from "../elements";
import { fullTime, word } from "../words";
import { shrink } from "./photo";
import { metres, position, written, type Position } from "./position";
import { newKey, type Waiting } from "./queue";

interface Field {
  name: string;
  label: string;
  kind: string;
  required: boolean;
  choices: { value: string; name: string }[];
}

interface Action {
  action: string;
  name: string;
  primary: boolean;
  fields: Field[];
}

interface Task {
  number: string;
  version: number;
  title: string;
  description: string;
  category: string;
  state: string;
  address: string;
  longitude: number | null;
  latitude: number | null;
  left: string;
  level: string;
  mine: boolean;
  actions: Action[];
}

export class Tasks {
  private here: Position | null = null;

  constructor(
    private readonly subject: string,
    private readonly address: string,
    private readonly keep: (one: Waiting) => Promise<boolean>,
  ) {}

  /** Read them anew; without a network the worker gives what it kept, and its time is told. */
  async load(): Promise<void> {
    const answer = await fetch(this.address, { redirect: "error" }).catch(() => null);
    if (!answer?.ok) return;
    const { subject, tasks } = (await answer.json()) as { subject: string; tasks: Task[] };
    // A copy that another person's session left behind is nobody's business here.
    if (subject !== this.subject) return;
    const kept = answer.headers.get("X-Kept-Since");
    const says = kept ? word("tasks-old", { time: fullTime(new Date(Number(kept))) }) : tasks.length ? "" : word("no-tasks");
    find("#tasks-say").textContent = says;
    find("#tasks-count").textContent = tasks.length ? String(tasks.length) : "";
    find("#tasks-list").replaceChildren(...tasks.map((task) => this.card(task)));
    void this.tellDistances(tasks);
  }

  private async tellDistances(tasks: Task[]): Promise<void> {
    this.here = await position();
    for (const task of tasks) {
      const far = this.distance(task);
      const says = document.querySelector(`[data-distance="${task.number}"]`);
      if (says && far !== null) says.textContent = ` · ${word("distance", { metres: Math.round(far) })}`;
    }
  }

  private distance({ longitude, latitude }: Task): number | null {
    return this.here && longitude !== null && latitude !== null ? metres(this.here, { longitude, latitude }) : null;
  }

  private card(task: Task): HTMLElement {
    return element(
      "article",
      { class: "card stack task", "data-number": task.number },
      element("div", { class: "spread" }, element("h3", {}, task.title), element("span", { class: `left-${task.level}` }, task.left)),
      element(
        "p",
        { class: "small muted" },
        `${task.number} · ${task.category} · ${task.address}`,
        element("span", { "data-distance": task.number }),
        task.mine ? element("span", { class: "tag" }, word("mine")) : null,
      ),
      task.description && task.description !== task.title ? element("p", { class: "small" }, task.description) : null,
      element("div", { class: "acts" }, ...task.actions.map((action) => this.form(task, action))),
    );
  }

  private form(task: Task, action: Action): HTMLElement {
    const error = element("p", { class: "error", role: "alert", hidden: true });
    const proof = element("p", { class: "hint", role: "status" });
    const send = element("button", { class: "button button-primary", type: "submit" }, action.name);
    const form = element("form", { class: "form", novalidate: true }, ...action.fields.map((field) => input(field, `${task.number}-${action.action}`)), proof, error, send);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.send(task, action, form, error);
    });
    const details = element("details", { class: action.primary ? "primary" : undefined, "data-action": action.action }, element("summary", {}, element("span", {}, action.name)), form);
    details.addEventListener("toggle", () => details.open && void this.stand(task, action, proof));
    return details;
  }

  /** Where one stands when the form is opened is told at once, so that nobody is surprised by what is kept. */
  private async stand(task: Task, action: Action, says: HTMLElement): Promise<void> {
    if (!action.fields.some((field) => field.kind === "position")) return;
    says.textContent = word("place-asking");
    this.here = await position();
    const far = this.distance(task);
    const told = { metres: Math.round(far ?? 0), accuracy: Math.round(this.here?.accuracy ?? 0) };
    says.textContent = this.here && far !== null ? word("you-stand", told) : word("no-proof");
  }

  private async send(task: Task, action: Action, form: HTMLFormElement, error: HTMLElement): Promise<void> {
    const fields: Record<string, string> = { version: String(task.version) };
    const photos: Waiting["photos"] = [];
    let missing = false;
    for (const field of action.fields) {
      if (field.kind === "position") {
        if (this.here) fields[field.name] = written(this.here);
      } else if (field.kind === "photo") {
        const files = [...(find<HTMLInputElement>(`[name="${field.name}"]`, form).files ?? [])];
        for (const file of files) photos.push({ field: field.name, ...(await shrink(file)) });
        missing ||= field.required && !files.length;
      } else {
        fields[field.name] = String(new FormData(form).get(field.name) ?? "").trim();
        missing ||= field.required && !fields[field.name];
      }
    }
    error.hidden = !missing;
    error.textContent = missing ? word("missing") : "";
    if (missing) return;
    const address = `/desk/collect/tasks/${task.number}/${action.action}/`;
    const label = `${action.name}: ${task.title}`;
    const kept = await this.keep({ key: newKey(), subject: this.subject, address, fields, photos, label, made: Date.now(), state: "waiting", said: "" });
    if (kept) find(`[data-number="${task.number}"]`).remove();
  }
}

function input(field: Field, prefix: string): HTMLElement | null {
  if (field.kind === "position") return null;
  const id = `${prefix}-${field.name}`;
  const label = element("label", { for: id }, field.label);
  if (field.kind === "photo") {
    return element("div", { class: "field" }, label, element("input", { id, class: "input", name: field.name, type: "file", accept: "image/*", capture: "environment" }));
  }
  if (field.choices.length) {
    const choices = field.choices.map(({ value, name }) =>
      element("label", { class: "choice" }, element("input", { type: "radio", name: field.name, value }), element("span", {}, name)),
    );
    return element("fieldset", { class: "field" }, element("legend", {}, field.label), element("div", { class: "choices" }, ...choices));
  }
  return element("div", { class: "field" }, label, element("textarea", { id, class: "input", name: field.name, rows: "2", maxlength: "2000" }));
}
