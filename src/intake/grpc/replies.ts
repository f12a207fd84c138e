import { compressor } from '../../net/compression/compress.js';
import { framed } from '../../net/grpc/framing.js';
import { grpcEncoding } from './encodings.js';

/** A reply on the wire. */
export interface Reply {
  readonly frame: Uint8Array;
  /** The `grpc-encoding` of the frame; undefined for a plain one. */
  readonly encoding: string | undefined;
}

/** The reply to every successful call, compressed once for each encoding. */
export class Replies {
  readonly #message: Uint8Array;
  readonly #plain: Reply;
  readonly #compressed: Map<string, Reply> = new Map();

  constructor(message: Uint8Array) {
    this.#message = message;
    this.#plain = { frame: framed(message, false), encoding: undefined };
  }

  /** The reply in the encoding of its request; plain when that is none or unknown. */
  of(name: string): Reply | Promise<Reply> {
    const encoding = grpcEncoding(name);
    if (encoding === undefined) return this.#plain;
    return this.#compressed.get(name) ?? this.#compress(name, encoding);
  }

  async #compress(name: string, encoding: Parameters<typeof compressor>[0]): Promise<Reply> {
    const compress = await compressor(encoding, 0);
    const message = await compress?.(this.#message);
    const reply = message ? { frame: framed(message.bytes, true), encoding: name } : this.#plain;
    this.#compressed.set(name, reply);
    return reply;
  }
}
