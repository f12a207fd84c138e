import http from 'node:http';
import type { HttpRequest, HttpResponse } from './server.js';

/**
 * Keeps one request of HTTP/1.1, and its response, while their server lives: the code that V8 compiled for them would
 * go with the last request, as `runtime/memory/kept-shape.ts` says, and only Node can make such objects. Without them
 * 15 to 20 more functions are compiled again after each pause of the senders (`pass-http`).
 */
export class RequestShapes {
  /** Never read. */
  #kept: readonly [http.IncomingMessage, http.ServerResponse] | undefined;

  /** Keeps the first request that is read to its end and answered. */
  keep(request: HttpRequest, response: HttpResponse): void {
    if (this.#kept || !(request instanceof http.IncomingMessage && response instanceof http.ServerResponse)) return;
    this.#kept = [request, response];
    const settled = (): void => {
      // The rest of a body is still to be read, by its listeners; and where the sender has gone before the answer, the
      // handler is still at work with the fields.
      if (request.readableEnded && response.writableEnded) forgetContent(request, response);
      else this.#kept = undefined;
    };
    // Other listeners of the same event come first.
    response.once('close', () => setImmediate(settled));
  }
}

/** What the sender sent is not kept: it may be long, or secret, and listeners hold the body. */
function forgetContent(request: http.IncomingMessage, response: http.ServerResponse): void {
  for (const each of [request, response]) {
    each.removeAllListeners();
    each.on('error', () => {});
  }
  for (const fields of [request.rawHeaders, request.rawTrailers]) fields.length = 0;
  request.headers = {};
  request.trailers = {};
  request.url = '';
}
