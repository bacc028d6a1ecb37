/**
 * The service worker of the collectors' page: keeps the page, its files and the last tasks, so that the page
 * opens in a dead spot. It sends nothing; the page does, when it is open. No imports: it is one file.
 */
export {};

interface Extendable extends Event {
  waitUntil(work: Promise<unknown>): void;
}
interface Fetching extends Extendable {
  request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface Told extends Extendable {
  data: { keep?: string[]; forget?: boolean };
  /** Where to say that it is done. */
  ports: readonly MessagePort[];
}
interface Scope {
  addEventListener(name: "install" | "activate", does: (event: Extendable) => void): void;
  addEventListener(name: "fetch", does: (event: Fetching) => void): void;
  addEventListener(name: "message", does: (event: Told) => void): void;
  skipWaiting(): Promise<void>;
  clients: { claim(): Promise<void> };
  location: Location;
}

const scope = self as unknown as Scope;
const FILES = "collect-files-1";
const PAGES = "collect-pages-1";
const PAGE = "/desk/collect/";
const TASKS = "/desk/collect/tasks.json";
/** After so long a weak network counts as none. */
const PATIENCE_MS = 6_000;

scope.addEventListener("install", (event) => event.waitUntil(scope.skipWaiting()));
scope.addEventListener("activate", (event) => event.waitUntil(scope.clients.claim().then(keepPage)));

async function keepPage(): Promise<void> {
  const answer = await fetch(PAGE).catch(() => null);
  if (answer?.ok && !answer.redirected) await (await caches.open(PAGES)).put(PAGE, answer);
}

/** The network's answer, kept; else what was kept before, with the time from which it is. */
async function freshOrKept(path: string, request: Request): Promise<Response> {
  const cache = await caches.open(PAGES);
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (answer.ok && !answer.redirected) await cache.put(path, dated(answer.clone()));
    return answer;
  } catch (fault) {
    const kept = await cache.match(path);
    if (kept) return kept;
    throw fault;
  }
}

function dated(answer: Response): Response {
  const headers = new Headers(answer.headers);
  headers.set("X-Kept-Since", String(Date.now()));
  return new Response(answer.body, { status: answer.status, headers });
}

/** Files of the build carry a digest in their names and never change. */
async function keptFile(request: Request): Promise<Response> {
  const kept = await caches.match(request, { cacheName: FILES });
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await (await caches.open(FILES)).put(request, answer.clone());
  return answer;
}

scope.addEventListener("fetch", (event) => {
  const { pathname, origin } = new URL(event.request.url);
  if (event.request.method !== "GET" || origin !== scope.location.origin) return;
  if (pathname === PAGE && event.request.mode === "navigate") event.respondWith(freshOrKept(PAGE, event.request));
  else if (pathname === TASKS) event.respondWith(freshOrKept(TASKS, event.request));
  else if (/^\/(static\/dist|map|icon)/.test(pathname)) event.respondWith(keptFile(event.request));
});

scope.addEventListener("message", (event) => {
  const { keep, forget } = event.data;
  if (forget) event.waitUntil(caches.delete(PAGES));
  if (keep) event.waitUntil(keepAll(keep).then((kept) => kept && event.ports[0]?.postMessage("kept")));
});

/** Whether the page and all its files are there. */
async function keepAll(paths: string[]): Promise<boolean> {
  await keepFiles(paths);
  const kept = () => caches.match(PAGE, { cacheName: PAGES });
  if (!(await kept())) await keepPage();
  return Boolean(await kept());
}

/** These and no others: what an older version of the page needed goes. */
async function keepFiles(paths: string[]): Promise<void> {
  const cache = await caches.open(FILES);
  await cache.addAll(paths);
  for (const request of await cache.keys()) {
    if (!paths.includes(new URL(request.url).pathname)) await cache.delete(request);
  }
}
