/** Parts of a page that follow a thing by themselves: when it has changed, they are read anew and take the place of the old. */
import { listen } from "./source";

/** What may be exchanged: all that says how far it is, and nothing that somebody is writing in. */
const FOLLOWED = ["order", "acts", "course"];

async function renew(): Promise<void> {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const id of FOLLOWED) {
    const [old, next] = [document.getElementById(id), fresh.getElementById(id)];
    if (old && next && !old.contains(document.activeElement)) old.replaceWith(document.importNode(next, true));
  }
}

/** Follow what the page names in ``data-live`` (type) and ``data-live-id``, until the page says that it is over. */
export function follow(): void {
  const followed = document.querySelector<HTMLElement>("[data-live][data-live-id]");
  const { live: type, liveId: id } = followed?.dataset ?? {};
  if (!type || !id) return;
  let reading = Promise.resolve();
  listen(`/events?types=${encodeURIComponent(type)}&attrs=status`, (message) => {
    const over = document.querySelector("[data-live][data-live-id]") === null;
    // Whoever was away does not know what happened meanwhile.
    const news = message.kind === "link" ? message.state === "live" : message.id === "" || message.id === id;
    if (!over && news) reading = reading.then(renew, renew);
  });
}
