/// <reference lib="webworker" />
/** The hashing worker: off the main thread, so that a folder of any size can be read while the page stays alive. */
import { createHashRunner } from "./hash-runner.ts";
import type { HashOrder } from "./hasher.ts";

const take = createHashRunner((report) => self.postMessage(report));

self.onmessage = ({ data }: MessageEvent<HashOrder>) => take(data);
