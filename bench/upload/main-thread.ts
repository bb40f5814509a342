/** What a page's main thread does: the gaps between its turns as the page sees them, and the CPU time of its tasks as the browser counts it. */
import type { Browser, Page } from "@playwright/test";

declare const window: { gaps: number[] };

export async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.gaps = [];
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      window.gaps.push(now - last);
      last = now;
    }, 4);
  });
}

/** ms between two turns of a timer of 4 ms, since the last time. */
export function take(page: Page): Promise<number[]> {
  return page.evaluate(() => window.gaps.splice(0));
}

interface TraceEvent {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  /** µs */
  ts: number;
  dur?: number;
  /** µs of CPU. */
  tdur?: number;
}

/** Of two tasks, it may be: ms that passed, waiting for a processor included, and ms of CPU. */
export interface Longest {
  passed: number;
  cpu: number;
}

export interface TaskTimes {
  /** Puts a mark into the thread's time; tasks are told between marks. */
  mark(name: string): Promise<void>;
  /** Of each span from one mark to another. Once, at the end. */
  longest(spans: readonly (readonly [from: string, to: string])[]): Promise<Longest[]>;
}

/** Only tasks are traced, which costs the page some percent. The page's own observer of long tasks would not tell of collecting garbage. */
export async function traceTasks(browser: Browser, page: Page): Promise<TaskTimes> {
  const session = await browser.newBrowserCDPSession();
  const traceConfig = { recordMode: "recordUntilFull" as const, includedCategories: ["toplevel", "blink.user_timing"] };
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig });
  const events: TraceEvent[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const event of value as unknown as TraceEvent[])
      if (event.name.endsWith("RunTask") || event.name.startsWith("bench ")) events.push(event);
  });
  return {
    mark: (name) => page.evaluate((name) => void performance.mark(`bench ${name}`), name),
    async longest(spans) {
      const ended = new Promise((resolve) => session.once("Tracing.tracingComplete", resolve));
      await session.send("Tracing.end");
      await ended;
      const at = (name: string) => events.find((event) => event.name === `bench ${name}`)!;
      return spans.map(([from, to]) => {
        const { pid, tid, ts } = at(from);
        const end = at(to).ts;
        const tasks = events.filter((e) => e.ph === "X" && e.pid === pid && e.tid === tid && e.ts >= ts && e.ts < end);
        // The clock of a thread jumps at times: no task took more of a processor than time.
        const most = (of: (task: TraceEvent) => number) =>
          tasks.reduce((most, task) => Math.max(most, of(task)), 0) / 1000;
        return { passed: most(({ dur = 0 }) => dur), cpu: most(({ dur = 0, tdur = 0 }) => Math.min(dur, tdur)) };
      });
    },
  };
}
