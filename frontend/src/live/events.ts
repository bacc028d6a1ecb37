/** The city's changes, by the shared connection where there are SharedWorkers, else by one of our own. */
import type { Message } from "./protocol";
import { listen } from "./source";
import workerAddress from "./worker?sharedworker&url";

/** The worker carries the asker in its name: who signs in anew gets a connection of his own. */
export function follow(address: string, asker: string, tell: (message: Message) => void): void {
  if (typeof SharedWorker === "undefined") return listen(address, tell);
  const worker = new SharedWorker(workerAddress, { type: "module", name: `events ${asker}` });
  worker.port.onmessage = ({ data }: MessageEvent<Message>) => tell(data);
  worker.port.postMessage({ address });
  addEventListener("pagehide", () => worker.port.postMessage({ bye: true }));
  addEventListener("pageshow", ({ persisted }) => persisted && location.reload());
}
