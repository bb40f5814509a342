/** Reading a page anew without ending what runs in its tab. */
import { ask } from "#lib/browser/api.ts";

/**
 * Refreshes when the server is there; false when it is not. Next answers a refresh that fails by loading all anew, and uploads of the
 * tab would be gone.
 */
export async function refreshPage(router: { refresh(): void }): Promise<boolean> {
  try {
    await ask("/api/health");
  } catch {
    return false;
  }
  router.refresh();
  return true;
}
