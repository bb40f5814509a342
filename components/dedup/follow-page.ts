import { refreshPage } from "../shell/refresh-page.ts";
import { readDoor } from "../upload/door.ts";

/** Ms to the first look, and the most between two: what takes long is asked for less often. */
const FIRST = 1500;
const MOST = 15_000;

/** Reads the page anew from time to time. Returns what ends it. */
export function followPage(router: { refresh(): void }): () => void {
  let wait = FIRST;
  let timer = setTimeout(look, wait);
  let stopped = false;
  async function look() {
    if (document.visibilityState === "visible" && !readDoor().busy) await refreshPage(router);
    if (stopped) return;
    wait = Math.min(MOST, wait * 1.5);
    timer = setTimeout(look, wait);
  }
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
