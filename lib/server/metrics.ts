/** Prometheus metrics of this process, served at `/metrics`. */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

export interface Metrics {
  request(method: string, status: number, seconds: number): void;
  /** Bytes that came in with one request, headers and what an end of the connection cut off included. `content`: under /api/cas. */
  received(area: "content" | "other", bytes: number): void;
  /** The exposition text and its content type. */
  text(): Promise<{ body: string; contentType: string }>;
}

/** Name -> help and a reader called at each scrape. */
export type Gauges = Record<string, { help: string; read: () => Promise<number> }>;

export function createMetrics(gauges: Gauges = {}): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: "cooperage_http_requests_total",
    help: "API requests by method and status",
    labelNames: ["method", "status"],
    registers: [registry],
  });
  const seconds = new Histogram({
    name: "cooperage_http_request_seconds",
    help: "Time from the first byte in to the last byte out",
    labelNames: ["method"],
    buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60],
    registers: [registry],
  });
  const received = new Counter({
    name: "cooperage_http_received_bytes_total",
    help: "Bytes of requests, headers included: of xorbs, shards and dedup questions (content), and of the rest (other)",
    labelNames: ["area"],
    registers: [registry],
  });
  for (const [name, { help, read }] of Object.entries(gauges)) {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        this.set(await read());
      },
    });
  }
  return {
    request(method, status, time) {
      requests.inc({ method, status: String(status) });
      seconds.observe({ method }, time);
    },
    received(area, bytes) {
      received.inc({ area }, bytes);
    },
    text: async () => ({ body: await registry.metrics(), contentType: registry.contentType }),
  };
}
