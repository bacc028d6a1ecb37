/** One EventSource that comes back by itself after a loss, slower each time, at most every 15 s. */
import type { Message } from "./protocol";

const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 15_000;

export function listen(address: string, tell: (message: Message) => void): void {
  let pause = FIRST_PAUSE;
  const open = () => {
    const source = new EventSource(address);
    source.onopen = () => {
      pause = FIRST_PAUSE;
      tell({ kind: "link", state: "live" });
    };
    source.onerror = () => {
      tell({ kind: "link", state: "lost" });
      source.close();
      setTimeout(open, pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
    const changed = (event: MessageEvent<string>) => {
      const { id, type } = JSON.parse(event.data) as { id: string; type: string };
      tell({ kind: "changed", id, type });
    };
    source.addEventListener("change", changed);
    // Too much happened at once to be told one by one: everything is to be read anew.
    source.addEventListener("reset", () => tell({ kind: "changed", id: "", type: "" }));
  };
  open();
}
