/** Where a job stops and goes on: by the person, or by itself with a reason. Beside every stage of the line. */
import type { HoldReason } from "./job.ts";

export interface GateState {
  state: "running" | "retrying" | "paused";
  reason: HoldReason | null;
  message: string | null;
}

const RUNNING: GateState = { state: "running", reason: null, message: null };

export class Gate {
  #state = RUNNING;
  readonly #changed: (state: GateState) => void;
  readonly #waiting = new Set<() => void>();

  constructor(changed: (state: GateState) => void = () => {}) {
    this.#changed = changed;
  }

  get state(): GateState {
    return this.#state;
  }

  /** The person's own; `resume` ends it. */
  pause(): void {
    this.#set({ state: "paused", reason: null, message: null });
  }

  /** Something that only a person can put right; `resume` tries again. */
  hold(reason: HoldReason, message: string): void {
    this.#set({ state: "paused", reason, message });
  }

  /** Something that passes: requests go on being tried, nothing is stopped. */
  retrying(reason: HoldReason, message: string): void {
    if (this.#state.state !== "paused") this.#set({ state: "retrying", reason, message });
  }

  /** A request was answered. */
  answered(): void {
    if (this.#state.state === "retrying") this.#set(RUNNING);
  }

  resume(): void {
    this.#set(RUNNING);
    this.wake();
  }

  /** Ends waits between tries: the network is back. */
  wake(): void {
    for (const go of [...this.#waiting]) go();
  }

  /** Resolves when nothing is paused. Throws when the job is cancelled. */
  async pass(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#state.state === "paused") await this.#wait(signal);
  }

  /** Resolves after a time, or when the gate is woken or resumed. */
  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#wait(signal, ms);
  }

  #set(state: GateState): void {
    const { reason, message } = this.#state;
    const same = this.#state.state === state.state && reason === state.reason && message === state.message;
    this.#state = state;
    if (!same) this.#changed(state);
  }

  #wait(signal: AbortSignal, ms?: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiting.delete(go);
        signal.removeEventListener("abort", stop);
      };
      const go = () => {
        end();
        resolve();
      };
      const stop = () => {
        end();
        reject(signal.reason);
      };
      const timer = ms === undefined ? undefined : setTimeout(go, ms);
      this.#waiting.add(go);
      signal.addEventListener("abort", stop);
    });
  }
}
