/** Sends what waits, one after the other, in the order in which it was made. */
import { all, put, type Waiting } from "./queue";

export type Outcome = "done" | "offline" | "signed-out";

/** Answers that will be the same however often it is sent: what is told is for the person to read. */
const FINAL = new Set([400, 403, 404, 409, 413, 415, 422]);

function cookie(name: string): string {
  const found = document.cookie.split("; ").find((one) => one.startsWith(`${name}=`));
  return found ? decodeURIComponent(found.slice(name.length + 1)) : "";
}

function body(one: Waiting): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(one.fields)) form.set(name, value);
  for (const { field, bytes, type } of one.photos) form.append(field, new Blob([bytes], { type }), "photo.jpg");
  return form;
}

interface Said {
  number?: string;
  state?: string;
  problem?: string;
}

async function send(one: Waiting, sent: (said: Said) => string, refused: (said: Said) => string): Promise<Outcome> {
  let answer: Response;
  try {
    answer = await fetch(one.address, {
      method: "POST",
      body: body(one),
      headers: { "X-CSRFToken": cookie("huicheng_csrf") },
      redirect: "error",
    });
  } catch {
    return "offline";
  }
  if (answer.status === 401) return "signed-out";
  const said = (await answer.json().catch(() => ({}))) as Said;
  if (answer.ok) await put({ ...one, state: "sent", said: sent(said), photos: [], fields: {} });
  // An answer that is no JSON of ours came from something on the way, and says nothing about the report.
  else if (FINAL.has(answer.status) && said.problem) await put({ ...one, state: "refused", said: refused(said) });
  else return "offline";
  return "done";
}

/** One tab at a time; the server would notice, but a telephone should not send photographs twice. */
export async function sendAll(
  subject: string,
  words: { sent: (said: Said) => string; refused: (said: Said) => string },
  changed: () => Promise<void>,
): Promise<Outcome> {
  const work = async () => {
    for (const one of await all()) {
      if (one.state !== "waiting" || one.subject !== subject) continue;
      const outcome = await send(one, words.sent, words.refused);
      if (outcome !== "done") return outcome;
      await changed();
    }
    return "done" as Outcome;
  };
  if (!("locks" in navigator)) return work();
  return navigator.locks.request("huicheng-collect", work);
}
