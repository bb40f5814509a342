/** A process of `crash-gc` with some clients in it. */
import { type Client, type Counts, describe, type Place } from "./client.ts";
import { type Files, randomFrom } from "./contents.ts";
import { HfClient } from "./hf-client.ts";
import { JsClient } from "./js-client.ts";

export interface Start {
  place: Place;
  seed: number;
  clients: string[];
  /** For clients of the `hf` command; null: `@huggingface/hub`. */
  hf: { hf: string; home: string } | null;
}

export type ToProcess = { type: "start"; start: Start } | { type: "stop" };
export type FromProcess =
  | { type: "counts"; counts: Counts[] }
  | { type: "fault"; message: string }
  | { type: "ended"; files: Files[]; counts: Counts[] };

const COUNTS_MS = 1000;
let clients: Client[] = [];
const send = (message: FromProcess) => void process.send!(message);

async function run({ place, seed, clients: names, hf }: Start): Promise<void> {
  clients = names.map((name, at) => {
    const random = randomFrom(seed * 1000 + at);
    return hf === null
      ? new JsClient(name, place, random)
      : new HfClient(name, place, random, { ...hf, home: `${hf.home}/${name}` });
  });
  setInterval(() => send({ type: "counts", counts: clients.map(({ counts }) => counts) }), COUNTS_MS).unref();
  try {
    await Promise.all(clients.map((client) => client.run()));
    send({ type: "ended", files: clients.map(({ files }) => files), counts: clients.map(({ counts }) => counts) });
  } catch (error) {
    send({ type: "fault", message: describe(error) });
  }
}

process.on("disconnect", () => process.exit());
process.on("message", (message: ToProcess) => {
  if (message.type === "start") void run(message.start);
  else for (const client of clients) client.stopping = true;
});
