/**
 * What waits on this telephone: an object store that survives reload, restart and a flat battery.
 * Everything goes through it, also while there is a network, so that there is one way only.
 */

/** One report, or one task done, as it will be sent. */
export interface Waiting {
  /** Made here; the server answers the same case for the same key. */
  key: string;
  /** Opaque subject of who made it: another person's session does not send it. */
  subject: string;
  /** Where it is posted to. */
  address: string;
  fields: Record<string, string>;
  photos: { field: string; bytes: ArrayBuffer; type: string }[];
  /** What it is, for the list. */
  label: string;
  /** Milliseconds since 1970. */
  made: number;
  state: "waiting" | "sent" | "refused";
  /** What the server said: the reason of a refusal, or the case and its state. */
  said: string;
}

const NAME = "huicheng-collect";
const STORE = "waiting";
/** Sent ones are shown for a day. */
const KEPT_MS = 24 * 3600 * 1000;

let opening: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  return (opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open(NAME, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  }));
}

/** The answer is there when the transaction is, so what is acknowledged is on the disk. */
async function within<T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const request = work(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = transaction.onabort = () => reject(transaction.error ?? request.error);
  });
}

export async function put(one: Waiting): Promise<void> {
  await within("readwrite", (store) => store.put(one));
}

export async function drop(key: string): Promise<void> {
  await within("readwrite", (store) => store.delete(key));
}

/** All of it, oldest first; what was sent long ago goes. */
export async function all(): Promise<Waiting[]> {
  const found = (await within("readonly", (store) => store.getAll())) as Waiting[];
  const old = found.filter((one) => one.state === "sent" && Date.now() - one.made > KEPT_MS);
  for (const one of old) await drop(one.key);
  return found.filter((one) => !old.includes(one)).sort((a, b) => a.made - b.made);
}

/** A key of 128 random bits. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
