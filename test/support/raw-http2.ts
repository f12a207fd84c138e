import net from 'node:net';

/** One HTTP/2 frame as a test sees it. */
export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly stream: number;
  readonly payload: Buffer;
}

export const prefaceBytes: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');

export function frame(type: number, flags: number, stream: number, payload: Uint8Array = Buffer.alloc(0)): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(stream, 5);
  return Buffer.concat([head, payload]);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** A header block without Huffman and without the dynamic table. */
export function block(fields: readonly string[]): Buffer {
  const parts: Buffer[] = [];
  const text = (value: string): void => {
    const bytes = Buffer.from(value, 'latin1');
    parts.push(
      bytes.length < 127 ? Buffer.from([bytes.length]) : Buffer.from([127, ...varint(bytes.length - 127)]),
      bytes,
    );
  };
  for (let i = 0; i < fields.length; i += 2) {
    parts.push(Buffer.from([0]));
    text(fields[i] as string);
    text(fields[i + 1] as string);
  }
  return Buffer.concat(parts);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest & 127) | 128);
  }
}

/** Cuts bytes into frames; what is left over stays in `rest`. */
export function frames(bytes: Buffer): { readonly frames: Frame[]; readonly rest: Buffer } {
  const found: Frame[] = [];
  let at = 0;
  while (bytes.length - at >= 9) {
    const length = bytes.readUIntBE(at, 3);
    if (bytes.length - at < 9 + length) break;
    found.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      stream: bytes.readUInt32BE(at + 5) & 0x7fffffff,
      payload: bytes.subarray(at + 9, at + 9 + length),
    });
    at += 9 + length;
  }
  return { frames: found, rest: bytes.subarray(at) };
}

/** A client that sends whatever bytes a test wants, and keeps every frame that comes back. */
export class RawClient {
  readonly socket: net.Socket;
  readonly seen: Frame[] = [];
  closed = false;
  #rest: Buffer = Buffer.alloc(0);
  #waiting: (() => void)[] = [];

  constructor(port: number) {
    this.socket = net.connect(port, '127.0.0.1');
    this.socket.on('data', (chunk: Buffer) => {
      const cut = frames(Buffer.concat([this.#rest, chunk]));
      this.#rest = Buffer.from(cut.rest);
      this.seen.push(...cut.frames);
      this.#wake();
    });
    this.socket.on('error', () => {});
    this.socket.on('close', () => {
      this.closed = true;
      this.#wake();
    });
  }

  send(...bytes: Uint8Array[]): this {
    this.socket.write(Buffer.concat(bytes));
    return this;
  }

  /** Preface and empty SETTINGS. */
  open(): this {
    return this.send(prefaceBytes, frame(4, 0, 0));
  }

  /**
   * Resolves with the first frame that fits, those before included; undefined when the connection closes without one.
   */
  async find(fits: (frame: Frame) => boolean): Promise<Frame | undefined> {
    for (;;) {
      const found = this.seen.find(fits);
      if (found || this.closed) return found;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  /** The error code of GOAWAY; undefined when the connection closes without one. */
  async goaway(): Promise<number | undefined> {
    return (await this.find((one) => one.type === 7))?.payload.readUInt32BE(4);
  }

  /** The error code of a stream's RST_STREAM. */
  async reset(stream: number): Promise<number | undefined> {
    return (await this.find((one) => one.type === 3 && one.stream === stream))?.payload.readUInt32BE(0);
  }

  /** Resolves when the server has taken in all that was sent, or the connection is closed. */
  async settled(): Promise<void> {
    const token = Buffer.from(String(this.seen.length).padStart(8, '0').slice(-8));
    this.send(frame(6, 0, 0, token));
    await this.find((one) => one.type === 6 && one.payload.equals(token));
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }
}
