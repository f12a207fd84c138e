import { declaredSize } from './fields.js';
import type { HttpRequest, HttpResponse } from './server.js';

/** A complete HTTP response. */
export interface Answer {
  readonly http: number;
  readonly type: string;
  readonly body: Uint8Array;
  /** Further header fields. */
  readonly fields?: Readonly<Record<string, string>>;
  readonly trailers?: Readonly<Record<string, string>>;
}

/** A refused body of at most this size is read to its end, so that the connection can go on, bytes. */
const worthDraining = 256 * 1024;

/** Responds to a request, unless that is done already or the sender has left. The rest of its body is discarded. */
export function respond(
  request: HttpRequest,
  response: HttpResponse,
  { http, type, body, fields, trailers }: Answer,
): void {
  if (response.headersSent || response.destroyed) return;
  drain(request, response);
  response.statusCode = http;
  for (const [name, value] of Object.entries(fields ?? {})) response.setHeader(name, value);
  response.setHeader('content-type', type);
  response.setHeader('content-length', body.length);
  if (trailers) response.addTrailers(trailers);
  response.end(body);
}

/** Responds with a line of text as Go's `http.Error` does. */
export function respondText(response: HttpResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('content-type', 'text/plain; charset=utf-8');
  response.setHeader('x-content-type-options', 'nosniff');
  response.end(`${text}\n`);
}

/** Discards the rest of a body when it is short; otherwise the connection ends after the response. */
function drain(request: HttpRequest, response: HttpResponse): void {
  if (request.readableEnded || request.complete) return;
  const declared = declaredSize(request) ?? Number.NaN;
  if (request.httpVersionMajor !== 1 || declared <= worthDraining) {
    request.resume();
    return;
  }
  response.setHeader('connection', 'close');
  let drained = 0;
  request.on('data', (chunk: Uint8Array) => {
    drained += chunk.length;
    if (drained > worthDraining) request.socket.destroySoon();
  });
}
