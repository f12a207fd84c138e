import { Duplex } from 'node:stream';
import type { Connection, ConnectionRole } from '../../src/net/http2/connection.js';
import type { Stream, StreamEvents } from '../../src/net/http2/stream.js';

/** A socket without a network; it notes the types of the frames that are written. */
export class Wire extends Duplex {
  readonly types: string[] = [];
  written = 0;

  override _read(): void {}

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, done: () => void): void {
    this.#note(chunk);
    done();
  }

  override _writev(chunks: { chunk: Uint8Array }[], done: () => void): void {
    for (const { chunk } of chunks) this.#note(chunk);
    done();
  }

  #note(chunk: Uint8Array): void {
    this.written += chunk.length;
    if (this.types.length < 10 && chunk.length >= 9)
      this.types.push(`${chunk[3]}.${chunk[4]}${chunk[3] === 7 ? `.${chunk[16]}` : ''}`);
  }
}

/** Answers every other stream as soon as it has ended. */
export class Answering implements ConnectionRole {
  readonly side: 'server' | 'client';
  connection: Connection | undefined;
  opened = 0;
  gone = 0;
  closes = 0;
  bytes = 0;

  constructor(side: 'server' | 'client') {
    this.side = side;
  }

  open(stream: Stream): StreamEvents {
    this.opened++;
    return {
      onFields: () => {},
      onData: (_bytes: Uint8Array, from: number, to: number) => {
        this.bytes += to - from;
      },
      onEnd: () => {
        if (stream.id % 4 !== 1 || stream.closed) return;
        this.connection?.sender.headers(stream, [':status', '200'], false);
        this.connection?.sender.body(stream, [Buffer.alloc(2000)], ['a', 'b']);
      },
      onClosed: () => {
        this.gone++;
      },
    };
  }

  ready(): void {}
  moved(): void {}
  goaway(): void {}
  closed(): void {
    this.closes++;
  }
}
