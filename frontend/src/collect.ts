/** The collectors' page: it works through a dead spot, and sends later. */
import "./styles/base.css";
import "./styles/desk.css";
import "./styles/reporting.css";
import "./styles/reception.css";
import "./styles/collect.css";
import { drawQueue, tellBusy } from "./collect/list";
import { put, type Waiting } from "./collect/queue";
import { Report, type Kind } from "./collect/report";
import { sendAll } from "./collect/sending";
import { Tasks } from "./collect/tasks";
import { dropAtSignOut } from "./draft";
import { element, find } from "./elements";
import { placeMaps } from "./map/place";
import { findCategories } from "./pick";
import { handed, word } from "./words";

document.documentElement.classList.remove("no-js");

const AGAIN_MS = 30_000;
const KEEP_AGAIN_MS = 10_000;
const page = find<HTMLElement>(".collect");
const { subject, kinds } = handed<{ subject: string; kinds: Kind[] }>("collect") ?? { subject: "", kinds: [] };

function says(text: string, good: boolean): void {
  const box = find<HTMLElement>("#says");
  box.hidden = !text;
  box.className = `message ${good ? "message-good" : "message-bad"}`;
  box.textContent = text;
}

function tellLink(signedOut = false): void {
  const link = find<HTMLElement>("#link");
  link.dataset.state = signedOut ? "signed-out" : navigator.onLine ? "online" : "offline";
  if (!signedOut) link.textContent = word(navigator.onLine ? "online" : "offline");
  else link.replaceChildren(element("a", { href: page.dataset.signIn ?? "" }, word("signed-out")));
}

const words = {
  sent: ({ number = "", state = "" }) => word("sent", { number, state }),
  refused: ({ problem = "" }) => word("refused", { said: problem }),
};

/** Several may be under way: each waits for the one before it. */
let flushes = 0;

async function flush(): Promise<void> {
  const redraw = async () => void (await drawQueue(subject, () => void flush()));
  tellBusy(++flushes > 0);
  try {
    await redraw();
    const outcome = await sendAll(subject, words, redraw);
    tellLink(outcome === "signed-out");
    await redraw();
  } finally {
    tellBusy(--flushes > 0);
  }
}

/** On the disk first, then on its way. */
async function keep(one: Waiting): Promise<boolean> {
  try {
    await put(one);
  } catch {
    says(word("storage-full"), false);
    return false;
  }
  says(word("kept"), true);
  scrollTo({ top: 0 });
  void flush();
  return true;
}

/** Sections as tabs, by the address. */
function tabs(): void {
  const names = ["report", "tasks", "queue"];
  const show = () => {
    const chosen = names.includes(location.hash.slice(1)) ? location.hash.slice(1) : "report";
    for (const name of names) find<HTMLElement>(`#${name}`).hidden = name !== chosen;
    for (const link of document.querySelectorAll<HTMLAnchorElement>(".tabs a")) {
      if (link.hash === `#${chosen}`) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
  };
  addEventListener("hashchange", show);
  show();
}

/** The worker keeps this page and its files for when there is no network; the page says when all of it is kept. */
async function keepPage(loaded: Promise<unknown>): Promise<void> {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(page.dataset.worker ?? "", { scope: "/desk/collect/" });
  const { active } = await navigator.serviceWorker.ready;
  // Who signs out leaves nothing to read behind; what waits to be sent stays, for its owner.
  document.querySelector("form[action*=sign-out]")?.addEventListener("submit", () => active?.postMessage({ forget: true }));
  await loaded;
  const files = performance.getEntriesByType("resource").map((one) => new URL(one.name).pathname);
  // Each once: a cache refuses a list that names a file twice, as one does that was asked for again.
  const keep = [...new Set(files.filter((path) => /^\/(static\/dist|map|icon)/.test(path)))];
  const ask = (): void => {
    if (page.dataset.kept) return clearInterval(again);
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => (page.dataset.kept = "yes");
    active?.postMessage({ keep }, [port2]);
  };
  // A weak network may lose a file; what is there already is not fetched again.
  const again = setInterval(ask, KEEP_AGAIN_MS);
  ask();
}

async function start(): Promise<void> {
  dropAtSignOut();
  tabs();
  tellLink();
  findCategories();
  const report = new Report(kinds, subject, page.dataset.report ?? "", keep);
  const tasks = new Tasks(subject, page.dataset.tasks ?? "", keep);
  const again = () => {
    tellLink();
    void flush();
    void tasks.load();
  };
  addEventListener("online", again);
  addEventListener("offline", () => tellLink());
  find("#send-now").addEventListener("click", again);
  setInterval(() => void flush(), AGAIN_MS);
  void flush();
  void tasks.load();
  const drawn = placeMaps().catch(() => new Map());
  // A weak network may lose the worker's own file, too.
  const keeping = (): Promise<void> => keepPage(drawn).catch(() => void setTimeout(() => void keeping(), KEEP_AGAIN_MS));
  void keeping();
  const maps = await drawn;
  report.follow(maps.get(find<HTMLElement>(".place-pick")));
}

void start();
