/** Asks a started server, over connections that stay open, and says how long it took. */
import { Agent, request } from "node:http";
import type { TestServer } from "#e2e/server.ts";

export interface Client {
  /** The answer, and milliseconds from asking to its last byte. */
  ask<T>(path: string, body?: unknown): Promise<{ answer: T; ms: number; bytes: number }>;
}

export function createClient(server: TestServer, token: string): Client {
  const agent = new Agent({ keepAlive: true });
  return {
    ask: (path, body) =>
      new Promise((resolve, reject) => {
        const began = performance.now();
        const headers = {
          authorization: `Bearer ${token}`,
          accept: "application/json",
          "content-type": typeof body === "string" ? "application/x-ndjson" : "application/json",
        };
        const method = body === undefined ? "GET" : "POST";
        request(`${server.url}${path}`, { agent, method, headers }, (response) => {
          const pieces: Buffer[] = [];
          response.on("data", (piece) => pieces.push(piece));
          response.on("end", () => {
            const ms = performance.now() - began;
            const text = Buffer.concat(pieces).toString();
            if (response.statusCode! >= 300) {
              reject(new Error(`${method} ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
            } else resolve({ answer: text === "" ? null : parsed(text), ms, bytes: text.length } as never);
          });
        })
          .on("error", reject)
          .end(typeof body === "string" || body === undefined ? body : JSON.stringify(body));
      }),
  };
}

function parsed(text: string): unknown {
  return text.startsWith("{") || text.startsWith("[") ? JSON.parse(text) : text;
}
