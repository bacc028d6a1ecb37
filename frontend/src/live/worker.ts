/** A SharedWorker: all tabs of one browser share one connection. */
import type { Message } from "./protocol";
import { listen } from "./source";

interface SharedWorkerScope {
  onconnect: ((event: MessageEvent) => void) | null;
}

const ports = new Set<MessagePort>();
let link: Message | null = null;
let listening = false;

function tell(message: Message): void {
  if (message.kind === "link") link = message;
  for (const port of ports) port.postMessage(message);
}

(self as unknown as SharedWorkerScope).onconnect = ({ ports: [port] }) => {
  if (!port) return;
  ports.add(port);
  port.onmessage = ({ data }: MessageEvent<{ address?: string; bye?: boolean }>) => {
    if (data.bye) ports.delete(port);
    if (data.address && !listening) {
      listening = true;
      listen(data.address, tell);
    }
  };
  if (link) port.postMessage(link);
};
