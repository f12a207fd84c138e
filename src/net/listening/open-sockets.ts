import type { Socket } from 'node:net';

/** The sockets of a server, from the moment they were accepted until they are closed. */
export class OpenSockets {
  readonly #sockets: Set<Socket> = new Set();
  #waiting: (() => void)[] = [];

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => {
      this.#sockets.delete(socket);
      if (this.#sockets.size > 0) return;
      for (const end of this.#waiting) end();
      this.#waiting = [];
    });
  }

  /** Resolves when none is open. */
  closed(): Promise<void> {
    return this.#sockets.size === 0 ? Promise.resolve() : new Promise((resolve) => this.#waiting.push(resolve));
  }

  destroyAll(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}
