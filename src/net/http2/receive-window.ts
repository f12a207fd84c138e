/** Sizes of windows, bytes. */
export interface WindowSizes {
  /** Bytes that the peer may send on one stream before its window is refilled. */
  readonly stream: number;
  /** On all streams together, at first and at most. */
  readonly connection: number;
  readonly mostConnection: number;
}

/** A window that is used up sooner than this is too small for what the connection brings, milliseconds. */
const tooSoon = 500;

/**
 * The bytes that a peer may still send on a connection (RFC 9113 5.2). It doubles while the half of it lasts less than
 * half a second: then it neither holds up a path with a long round trip nor costs a write for every few requests.
 * Streams keep their part of it.
 */
export class ReceiveWindow {
  readonly #sizes: WindowSizes;
  #size: number;
  #room: number;
  #taken = 0;
  #toppedAt: number;

  constructor(sizes: WindowSizes, now: number) {
    this.#sizes = sizes;
    this.#size = this.#room = sizes.connection;
    this.#toppedAt = now;
  }

  /** Of a new stream, bytes. */
  get stream(): number {
    return (this.#size / this.#sizes.connection) * this.#sizes.stream;
  }

  /** False when the peer sends more than it may. */
  take(bytes: number): boolean {
    this.#room -= bytes;
    this.#taken += bytes;
    return this.#room >= 0;
  }

  /** By how much to top up now, bytes: 0 until half of the window is used up. */
  topUp(now: number): number {
    if (this.#taken * 2 < this.#size) return 0;
    const before = this.#size;
    if (now - this.#toppedAt < tooSoon) this.#size = Math.min(before * 2, this.#sizes.mostConnection);
    this.#toppedAt = now;
    const increment = this.#taken + this.#size - before;
    this.#room += increment;
    this.#taken = 0;
    return increment;
  }
}
