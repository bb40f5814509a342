/// <reference lib="webworker" />
/** The upload worker: the line off the main thread, as the signed-in person of this site. */
import type { Order } from "./messages.ts";
import { createRunner } from "./runner.ts";
import { fetchTransport, xhrTransport } from "./wire.ts";

const plain = fetchTransport();

const take = createRunner({
  hub: { origin: self.location.origin, headers: {} },
  // Xorbs take long enough that people want to see them go.
  transport: (request) => (request.onSent ? xhrTransport : plain)(request),
  post: (report) => self.postMessage(report),
});

self.onmessage = ({ data }: MessageEvent<Order>) => take(data);
