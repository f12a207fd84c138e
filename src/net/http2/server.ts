import http2 from 'node:http2';
import type { Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import { listen } from '../listen.js';
import type { ListenConfig } from '../options/server-common.js';

/** One request on a stream, before its body. */
export interface Http2Request {
  readonly headers: http2.IncomingHttpHeaders;
  /** The sender's address, `host:port`, or the path of a socket. */
  readonly peer: string;
  /** Calls back with each piece of the body; the piece is borrowed until the call returns. */
  onData(run: (chunk: Uint8Array) => void): void;
  onEnd(run: () => void): void;
  /** Calls back when the stream is over, answered or not. */
  onGone(run: () => void): void;
  /** Answers with a body and trailers. */
  respond(headers: http2.OutgoingHttpHeaders, body: Uint8Array, trailers: http2.OutgoingHttpHeaders): void;
  /** Answers with headers alone; what is still coming is no longer wanted. */
  respondOnly(headers: http2.OutgoingHttpHeaders): void;
}

export interface Http2ServerOptions {
  readonly tls: TlsOptions | undefined;
  /** 0: no limit. */
  readonly maxConcurrentStreams: number;
  onRequest(request: Http2Request): void;
}

/** What may be under way to us on one stream and on one connection, bytes. Bodies are taken in at once, so this bounds bursts, not memory. */
const streamWindow = 1 << 20;
const connectionWindow = 4 << 20;

/** The one place on the server side that knows `node:http2`. Another HTTP/2 engine replaces this file and nothing else. */
export class Http2Server {
  readonly #server: http2.Http2Server | http2.Http2SecureServer;
  readonly #sessions: Set<http2.ServerHttp2Session> = new Set();
  #listening = false;

  constructor(options: Http2ServerOptions) {
    const settings: http2.Settings = { initialWindowSize: streamWindow, enableConnectProtocol: false };
    settings.maxConcurrentStreams = options.maxConcurrentStreams > 0 ? options.maxConcurrentStreams : 0xffffffff;
    const shared = { settings, maxSessionMemory: 1024, maxHeaderListPairs: 256 };
    this.#server = options.tls
      ? http2.createSecureServer({ ...shared, ...options.tls, ALPNProtocols: ['h2'] })
      : http2.createServer(shared);
    this.#server.on('session', (session) => {
      this.#sessions.add(session);
      session.setLocalWindowSize(connectionWindow);
      session.on('close', () => this.#sessions.delete(session));
      // What breaks one connection is that client's matter.
      session.on('error', () => session.destroy());
    });
    this.#server.on(options.tls ? 'secureConnection' : 'connection', (socket: Socket) => socket.setNoDelay(true));
    this.#server.on('sessionError', () => {});
    this.#server.on('stream', (stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) => {
      stream.on('error', () => {});
      options.onRequest(new StreamRequest(stream, headers));
    });
  }

  async listen(config: Pick<ListenConfig, 'endpoint' | 'transport'>): Promise<void> {
    await listen(this.#server, config);
    this.#listening = true;
  }

  /** Takes no more requests, lets running ones end, and cuts off what is left when `deadline` aborts. */
  async close(deadline: AbortSignal): Promise<void> {
    const ended = this.#listening ? new Promise<void>((resolve) => this.#server.close(() => resolve())) : Promise.resolve();
    this.#listening = false;
    for (const session of this.#sessions) session.close();
    const cut = (): void => {
      for (const session of this.#sessions) session.destroy();
    };
    if (deadline.aborted) cut();
    else deadline.addEventListener('abort', cut, { once: true });
    await ended;
    deadline.removeEventListener('abort', cut);
  }
}

class StreamRequest implements Http2Request {
  readonly headers: http2.IncomingHttpHeaders;
  readonly #stream: http2.ServerHttp2Stream;

  constructor(stream: http2.ServerHttp2Stream, headers: http2.IncomingHttpHeaders) {
    this.#stream = stream;
    this.headers = headers;
  }

  get peer(): string {
    const socket = this.#stream.session?.socket;
    const { remoteAddress, remotePort } = socket ?? {};
    if (remoteAddress === undefined) return '';
    return remoteAddress.includes(':') ? `[${remoteAddress}]:${remotePort}` : `${remoteAddress}:${remotePort}`;
  }

  onData(run: (chunk: Uint8Array) => void): void {
    this.#stream.on('data', run);
  }

  onEnd(run: () => void): void {
    this.#stream.on('end', run);
  }

  onGone(run: () => void): void {
    this.#stream.on('close', run);
  }

  respond(headers: http2.OutgoingHttpHeaders, body: Uint8Array, trailers: http2.OutgoingHttpHeaders): void {
    const stream = this.#stream;
    if (isOver(stream)) return;
    stream.on('wantTrailers', () => {
      if (!stream.destroyed && !stream.closed) stream.sendTrailers(trailers);
    });
    stream.respond(headers, { waitForTrailers: true });
    stream.end(body);
  }

  respondOnly(headers: http2.OutgoingHttpHeaders): void {
    const stream = this.#stream;
    if (isOver(stream)) return;
    stream.respond(headers, { endStream: true });
    // The rest of a refused body is let in and dropped: a reset could overtake the answer.
    stream.removeAllListeners('data');
    stream.resume();
  }
}

/** A sender that left in the middle of its body has closed the stream, though it is not destroyed yet. */
function isOver(stream: http2.ServerHttp2Stream): boolean {
  return stream.destroyed || stream.closed || stream.headersSent;
}
