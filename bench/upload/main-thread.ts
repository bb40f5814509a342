/** What a page's main thread does: the gaps between its turns as the page sees them, and the CPU time of its tasks as the browser counts it. */
import type { Browser, Page } from "@playwright/test";

export interface Watched {
  /** ms of tasks over 50 ms, waiting for a processor included. */
  long: number[];
  /** ms between two turns of a timer of 4 ms. */
  gaps: number[];
}

declare const window: { watched: Watched };

export async function watch(page: Page): Promise<void> {
  await page.evaluate(() => {
    window.watched = { long: [], gaps: [] };
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.watched.long.push(duration);
    }).observe({ type: "longtask" });
    let last = performance.now();
    setInterval(() => {
      const now = performance.now();
      window.watched.gaps.push(now - last);
      last = now;
    }, 4);
  });
}

/** What was seen since the last time. */
export function take(page: Page): Promise<Watched> {
  return page.evaluate(() => {
    const taken = window.watched;
    window.watched = { long: [], gaps: [] };
    return taken;
  });
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

export interface TaskTimes {
  /** Puts a mark into the thread's time; tasks are told between marks. */
  mark(name: string): Promise<void>;
  /** The longest task from one mark to another, ms of CPU. Once, at the end. */
  longest(spans: readonly (readonly [from: string, to: string])[]): Promise<number[]>;
}

/** Only tasks are traced, which costs the page some percent. */
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
        return tasks.reduce((most, { dur = 0, tdur = 0 }) => Math.max(most, Math.min(dur, tdur)), 0) / 1000;
      });
    },
  };
}
