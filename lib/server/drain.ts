/** The graceful end of a listening server's connections. */
import type { Server } from "node:http";
import type { Socket } from "node:net";

/** How often connections are looked at that have come to rest since, ms. */
const LOOK_EVERY = 50;

/**
 * To be called before the server listens. Gives what ends it: running requests go on for `grace` ms at most, every other connection is
 * closed. Also one on which nothing was asked yet: browsers and HTTP clients open some ahead, and Node takes them for busy.
 */
export function prepareDrain(server: Server): (grace: number) => Promise<void> {
  const unused = new Set<Socket>();
  server.on("connection", (socket) => {
    unused.add(socket);
    socket.once("close", () => unused.delete(socket));
  });
  server.on("request", ({ socket }) => unused.delete(socket));

  function closeResting(): void {
    server.closeIdleConnections();
    for (const socket of unused) if (socket.bytesRead === 0) socket.destroy();
  }

  return async (grace) => {
    const closed = new Promise((resolve) => server.close(resolve));
    closeResting();
    const looks = setInterval(closeResting, LOOK_EVERY);
    const end = setTimeout(() => server.closeAllConnections(), grace);
    await closed;
    clearInterval(looks);
    clearTimeout(end);
  };
}
