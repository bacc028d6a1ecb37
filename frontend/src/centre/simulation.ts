/** The panel of the simulated district: its forms work without scripts; with them the map stays where it is. */
import "../styles/simulation.css";

const HEADERS = { "X-Requested-With": "fetch" };

/** Send a form and show the panel as it is afterwards. */
async function send(form: HTMLFormElement, panel: HTMLElement): Promise<void> {
  const answer = await fetch(form.action, { method: "POST", body: new FormData(form), headers: HEADERS });
  if (!answer.ok) {
    // The page of the fault says what is wrong and what to do.
    form.submit();
    return;
  }
  show(await answer.text(), panel);
}

function show(html: string, panel: HTMLElement): void {
  const fresh = new DOMParser().parseFromString(html, "text/html").querySelector<HTMLDetailsElement>("#simulation");
  if (!fresh) return;
  const focus = panel.contains(document.activeElement);
  fresh.open = true;
  panel.replaceWith(fresh);
  watch(fresh);
  if (focus) fresh.querySelector("summary")?.focus();
}

function watch(panel: HTMLElement): void {
  panel.addEventListener("submit", (event) => {
    event.preventDefault();
    void send(event.target as HTMLFormElement, panel);
  });
}

/** Take the panel over, where there is one. */
export function takeOver(): void {
  const panel = document.querySelector<HTMLElement>("#simulation");
  if (panel) watch(panel);
}
