import type { Writable } from 'node:stream';
import { constants, createGzip } from 'node:zlib';
import type { Clock } from '../../component/clock.js';
import { correctTurn, turnFor } from '../../component/turn.js';
import type { Counter } from '../../component/telemetry.js';
import { respondText } from '../../net/http/respond.js';
import type { HttpRequest, HttpResponse } from '../../net/http/server.js';
import { requestTarget } from '../../net/http/target.js';
import { negotiate, type Negotiated } from '../../prometheus/negotiate.js';

/** Pages that are made at once at most. */
const mostAtOnce = 8;
/** How long a page may take, to its last byte, milliseconds. */
const withinMs = 120_000;
/** Work (`turn.ts`) that is asked for before a piece; what it took is known behind it. */
const pieceWork = 256 << 10;

/** The pages of the exporter over HTTP: a few at once, each in pieces as fast as its scraper reads. */
export class Scrapes {
  readonly #clock: Clock;
  readonly #refused: Counter;
  readonly #openMetrics: boolean;
  readonly #page: (negotiated: Negotiated) => Iterator<Buffer | undefined>;
  #running = 0;

  constructor(
    clock: Clock,
    refused: Counter,
    openMetrics: boolean,
    page: (negotiated: Negotiated) => Iterator<Buffer | undefined>,
  ) {
    this.#clock = clock;
    this.#refused = refused;
    this.#openMetrics = openMetrics;
    this.#page = page;
  }

  async respond(request: HttpRequest, response: HttpResponse): Promise<void> {
    request.resume();
    if (requestTarget(request.url).path !== '/metrics') return respondText(response, 404, '404 page not found');
    if (this.#running >= mostAtOnce) {
      this.#refused.add(1);
      response.setHeader('retry-after', '1');
      return respondText(response, 503, `more than ${mostAtOnce} scrapes are in progress`);
    }
    this.#running++;
    const stop = this.#clock.after(withinMs, () => {
      this.#refused.add(1);
      response.destroy();
    });
    try {
      await this.#write(request, response);
    } finally {
      stop();
      this.#running--;
    }
  }

  async #write(request: HttpRequest, response: HttpResponse): Promise<void> {
    const negotiated = negotiate(request.headers.accept, this.#openMetrics);
    const packs = /\bgzip\b(?!\s*;\s*q=0(\.0*)?(\s*(,|$)))/.test(String(request.headers['accept-encoding'] ?? ''));
    response.statusCode = 200;
    response.setHeader('content-type', negotiated.contentType);
    if (packs) response.setHeader('content-encoding', 'gzip');
    // Compresses on the thread pool.
    const gzip = packs ? createGzip({ level: constants.Z_BEST_SPEED }) : undefined;
    gzip?.pipe(response as Writable);
    const sink: Writable = gzip ?? (response as Writable);
    const pieces = this.#page(negotiated);
    try {
      for (;;) {
        const turn = turnFor(pieceWork);
        if (turn) await turn;
        if (response.destroyed) return;
        const began = performance.now();
        const { done, value } = pieces.next();
        correctTurn(pieceWork, (performance.now() - began) * 1e6);
        if (done === true) break;
        if (value && !sink.write(value)) await drained(sink, response);
      }
      sink.end();
      await ended(response);
    } finally {
      gzip?.destroy();
    }
  }
}

/** Resolves when more can be written, or when nobody reads any more. */
function drained(sink: Writable, response: HttpResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      sink.off('drain', done);
      response.off('close', done);
      resolve();
    };
    if (response.destroyed) return resolve();
    sink.on('drain', done);
    response.on('close', done);
  });
}

/** Resolves when the scraper has all, or has left. */
function ended(response: HttpResponse): Promise<void> {
  return new Promise((resolve) => {
    if (response.destroyed) return resolve();
    response.on('close', resolve);
    response.on('finish', resolve);
  });
}
