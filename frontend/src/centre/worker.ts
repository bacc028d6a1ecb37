/** The worker: reads layers, listens to their changes or plays their past, and hands the page typed arrays. */
import { extentOf } from "./extent";
import { Film, type Frames } from "./film";
import type { FromWorker, Question, ToWorker } from "./protocol";
import { Table, type Columns } from "./table";

/** A new table is sent at most so often (ms), when things come or go. */
const RESEND = 1_000;
/** The index of moving things is made anew at most so often (ms). */
const REINDEX = 500;
/** How long a thing glides to its new position on the screen (ms). */
const GLIDE = 1_000;
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;
/** Without a word for so long (ms) the line is dead: the server speaks every 15 s. */
const SILENCE = 40_000;
/** A layer that is not there after so long (ms) is asked for again: no question waits for ever. */
const UNANSWERED = 30_000;
/** Layers are read anew so often (ms), for what no change tells (a policy, a thing that is no longer shown). */
const ANEW = 300_000;

let addresses: Omit<Extract<ToWorker, { tell: "open" }>, "tell"> = { layers: "", stream: "", replay: "", language: "zh", patience: {} };
/** Seconds since 1970, as the page last said. */
let now = Date.now() / 1000;
let wanted: string[] = [];
const tables = new Map<string, Table>();
const films = new Map<string, Film>();
let mode: "live" | "replay" = "live";
let stream: { close(): void } | null = null;
let pause = FIRST_PAUSE;
let heard = 0;
/** Rises with each wish, so that what an older one still brings is dropped. */
let turn = 0;
let seq = 0;
let reindexed = 0;
/** Ends the reading of a past that nobody wants any more. */
let reading: AbortController | null = null;
let resend: ReturnType<typeof setTimeout> | null = null;
const outgrown = new Set<string>();

function tell(message: FromWorker, handed: Transferable[] = []): void {
  (self as unknown as Worker).postMessage(message, handed);
}

// -- tables

function sendTable(layer: string, table: Table): void {
  const { x, y } = table.mercator();
  const state = Uint8Array.from(table.state, (_, slot) => table.code(slot));
  const bearing = table.bearings();
  const index = table.index();
  const handed = [x.buffer, y.buffer, state.buffer, index, ...(bearing ? [bearing.buffer] : [])];
  tell({ kind: "table", layer, x, y, state, bearing, lines: [...table.lines], index, summary: table.summary() }, handed as Transferable[]);
}

function sendChanges(layer: string, table: Table, which: ArrayLike<number> | null, moved: boolean, glide: number): void {
  const slots = which ? Uint32Array.from(which) : Uint32Array.from({ length: table.size }, (_, slot) => slot);
  const { x, y } = table.mercator(slots);
  const state = Uint8Array.from(slots, (slot) => table.code(slot));
  const bearing = table.bearings(slots);
  const fresh = moved && performance.now() - reindexed > REINDEX;
  const index = fresh ? table.index() : null;
  if (fresh) reindexed = performance.now();
  const handed = [slots.buffer, x.buffer, y.buffer, state.buffer, ...(bearing ? [bearing.buffer] : []), ...(index ? [index] : [])];
  tell({ kind: "changes", layer, slots, x, y, state, bearing, index, glide, summary: table.summary() }, handed as Transferable[]);
}

function sendSoon(layer: string): void {
  outgrown.add(layer);
  resend ??= setTimeout(() => {
    resend = null;
    for (const one of outgrown) {
      const table = shown().get(one);
      if (table) sendTable(one, table);
    }
    outgrown.clear();
  }, RESEND);
}

function shown(): Map<string, Table> {
  return mode === "live" ? tables : new Map([...films].map(([layer, film]) => [layer, film.table]));
}

// -- live

async function read(layer: string, mine: number): Promise<void> {
  const answer = await fetch(`${addresses.layers}${layer}?lang=${addresses.language}`, { credentials: "same-origin", signal: AbortSignal.timeout(UNANSWERED) });
  if (!answer.ok) throw new Error(String(answer.status));
  const picture = (await answer.json()) as Columns;
  if (mine !== turn) return;
  seq = seq ? Math.min(seq, picture.seq ?? 0) : picture.seq ?? 0;
  const table = Table.of(picture, addresses.patience[layer] ?? null, now);
  tables.set(layer, table);
  sendTable(layer, table);
}

/** Read what is wanted, or only what is not there yet, then listen from where the reading began. */
async function goLive(anew: boolean): Promise<void> {
  const mine = ++turn;
  if (mode === "replay") for (const [layer, table] of tables) sendTable(layer, table);
  mode = "live";
  reading?.abort();
  films.clear();
  stream?.close();
  stream = null;
  if (anew) seq = 0;
  if (!wanted.length) return tell({ kind: "link", state: "live" });
  const missing = wanted.filter((layer) => anew || !tables.has(layer));
  const done = await Promise.allSettled(missing.map((layer) => read(layer, mine)));
  if (mine !== turn) return;
  const failed = missing.filter((_, n) => done[n]!.status === "rejected");
  for (const layer of failed) tell({ kind: "failed", layer });
  if (failed.length === wanted.length) return again(mine);
  listen(mine);
}

function again(mine: number): void {
  tell({ kind: "link", state: "lost" });
  stream?.close();
  stream = null;
  setTimeout(() => mine === turn && void goLive(true), pause);
  pause = Math.min(pause * 2, LONGEST_PAUSE);
}

function listen(mine: number): void {
  const source = new EventSource(`${addresses.stream}?layers=${wanted.join(",")}&lang=${addresses.language}&after=${seq}`);
  const since = Date.now();
  heard = Date.now();
  const watch = setInterval(() => {
    if (Date.now() - heard > SILENCE) again(mine);
    else if (Date.now() - since > ANEW) void goLive(true);
  }, 5_000);
  stream = {
    close: () => {
      clearInterval(watch);
      source.close();
    },
  };
  source.onopen = () => {
    pause = FIRST_PAUSE;
    heard = Date.now();
    tell({ kind: "link", state: "live" });
  };
  // What was missed meanwhile is read anew: a whole layer is as cheap as a minute of changes.
  source.onerror = () => again(mine);
  source.addEventListener("alive", () => (heard = Date.now()));
  source.addEventListener("reset", () => void goLive(true));
  source.addEventListener("frame", (event: MessageEvent<string>) => {
    heard = Date.now();
    seq = Number(event.lastEventId) || seq;
    if (mine === turn) take(JSON.parse(event.data) as Columns);
  });
}

function take(frame: Columns): void {
  const known = tables.get(frame.layer);
  if (!known) return;
  const table = frame.gone ? known.without(frame.gone) : known;
  if (frame.gone) tables.set(frame.layer, table);
  const { slots, moved, grown } = table.take(frame);
  if (mode !== "live") return;
  if (grown || frame.gone || frame.lines) sendSoon(frame.layer);
  else sendChanges(frame.layer, table, slots, moved, moved ? GLIDE : 0);
}

/** Time goes on: what has had no word for long is shown so. */
function age(): void {
  for (const [layer, table] of tables) {
    const grown = table.age(now);
    if (grown.length && mode === "live") sendChanges(layer, table, grown, false, 0);
  }
}

// -- the past

async function goBack(from: number, to: number, step: number): Promise<void> {
  const mine = ++turn;
  mode = "replay";
  stream?.close();
  stream = null;
  films.clear();
  reading?.abort();
  reading = new AbortController();
  tell({ kind: "replaying", state: "loading" });
  try {
    const query = new URLSearchParams({ layers: wanted.join(","), from: new Date(from).toISOString(), to: new Date(to).toISOString(), step: String(step), lang: addresses.language });
    const answer = await fetch(`${addresses.replay}?${query}`, { credentials: "same-origin", signal: reading.signal });
    if (!answer.ok || !answer.body) throw new Error(String(answer.status));
    const steps = Math.ceil((to - from) / (step * 1000));
    const troubled = new Array<number>(steps).fill(0);
    for await (const line of lines(answer.body)) {
      if (mine !== turn) return;
      develop(JSON.parse(line) as Columns | Frames, troubled);
      const until = Math.min(...[...films.values()].map((film) => film.steps));
      tell({ kind: "loaded", until, steps, from, step: step * 1000, troubled });
    }
    tell({ kind: "replaying", state: "ready" });
  } catch {
    if (mine === turn) tell({ kind: "replaying", state: "failed" });
  }
}

function develop(held: Columns | Frames, troubled: number[]): void {
  if ("ids" in held) {
    const film = new Film(held);
    films.set(held.layer, film);
    sendTable(held.layer, film.table);
    return;
  }
  films.get(held.layer)?.take(held).forEach((count, n) => (troubled[held.first + n]! += count));
}

async function* lines(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const parts = (rest + value).split("\n");
    rest = parts.pop() ?? "";
    yield* parts.filter(Boolean);
  }
}

function seek(step: number, glide: number): void {
  for (const [layer, film] of films) sendChanges(layer, film.table, film.seek(step), true, glide);
}

// -- questions

function answer(question: Question): unknown {
  const held = shown();
  switch (question.ask) {
    case "describe": {
      const table = held.get(question.layer);
      return table && question.slot < table.size ? table.describe(question.slot) : null;
    }
    case "find":
      return [...held.values()].flatMap((table) => table.find(question.text, question.most).map((slot) => table.describe(slot))).slice(0, question.most);
    case "locate":
      return question.ids.flatMap((id) => [...held.values()].flatMap((table) => (table.slotOf(id) === undefined ? [] : [table.describe(table.slotOf(id)!)])));
    case "inside":
      return inside(held, question);
    case "around":
      return [...held.values()].flatMap((table) =>
        table.around([question.longitude, question.latitude], question.metres).map(({ slot, away }) => ({ ...table.describe(slot), away })),
      );
    case "level":
      return [...held.values()].flatMap((table) => table.inState(question.state, question.most).map((slot) => table.describe(slot)));
    case "stale":
      return [...held.values()].flatMap((table) => table.staleSlots(question.most).map((slot) => table.describe(slot)));
    case "extent":
      return extentOf([...held.values()]);
    case "every": {
      const table = held.get(question.layer) ?? tables.get(question.layer);
      return table ? table.ids.map((_, slot) => table.describe(slot)) : [];
    }
  }
}

/** The worst things of a window, for labels; moving things are left out where only still ones are asked for. */
function inside(held: Map<string, Table>, { west, south, east, north, most, still }: Extract<Question, { ask: "inside" }>): unknown {
  const found: [number, Table, number][] = [];
  for (const table of held.values()) {
    if (still && table.bearing) continue;
    for (let slot = 0; slot < table.size; slot++) {
      const [x, y] = [table.longitude[slot]!, table.latitude[slot]!];
      if (x >= west && x <= east && y >= south && y <= north) found.push([table.state[slot]!, table, slot]);
    }
  }
  found.sort(([a], [b]) => b - a);
  return { total: found.length, things: found.slice(0, most).map(([, table, slot]) => table.describe(slot)) };
}

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.tell) {
    case "open":
      addresses = data;
      return;
    case "show":
      return show(data.layers);
    case "time":
      now = data.now / 1000;
      return age();
    case "live":
      return void goLive(data.anew);
    case "replay":
      return void goBack(data.from, data.to, data.step);
    case "seek":
      return seek(data.step, data.glide);
    case "question":
      return tell({ kind: "answer", number: data.number, found: answer(data.question) });
  }
};

function show(layers: string[]): void {
  for (const layer of wanted) {
    if (layers.includes(layer)) continue;
    tables.delete(layer);
    films.delete(layer);
    tell({ kind: "gone", layer });
  }
  wanted = layers;
}
