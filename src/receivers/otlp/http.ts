import { Cancellation } from '../../component/cancellation.js';
import type { RequestContext } from '../../component/consumer.js';
import type { GrpcStatus } from '../../component/delivery-error.js';
import type { ServerAuthenticator } from '../../component/server-auth.js';
import type { ServerMiddleware } from '../../component/server-middleware.js';
import { firstRefusal } from '../../net/options/server-common.js';
import { decompress, type Encoding } from '../../net/compression/decompress.js';
import type { Admission } from '../../net/grpc/server.js';
import { code, encodeStatus, httpStatusOf, retryDelayMs, retryInfo } from '../../net/grpc/status.js';
import { NoMemory, readBody } from '../../net/http/body.js';
import type { HttpRequest, HttpResponse } from '../../net/http/server.js';
import { watchServerRequests, type RequestStart, type WatchedRequest } from '../../net/http/watch-requests.js';
import type { EncodedBody, Batch, OwnedBytes } from '../../otlp/batch.js';
import { jsonToProto } from '../../otlp/json/decode.js';
import { pathOf, type OtlpHttpConfig } from './config.js';
import type { ReceiverEntry } from './receiver-entry.js';
import { statusJson } from './status-json.js';

export interface OtlpHttpOptions {
  readonly entries: readonly ReceiverEntry[];
  readonly authenticator: ServerAuthenticator | undefined;
  readonly middlewares: readonly ServerMiddleware[];
  readonly admission: Admission;
  /** Undefined when nobody wants to know of single requests. */
  readonly watch: ReturnType<typeof watchServerRequests>;
}

/** How a body is written, and so how it is answered. */
type Form = 'proto' | 'json';

const contentTypes: Readonly<Record<Form, string>> = { proto: 'application/x-protobuf', json: 'application/json' };
const success: Readonly<Record<Form, Uint8Array>> = { proto: Buffer.from([0x0a, 0x00]), json: Buffer.from('{"partialSuccess":{}}') };
const defaultMaxBody = 20 * 2 ** 20;
/** So much of a refused body is read to its end, so that the connection can go on. */
const worthDraining = 256 * 1024;
const defaultRetryAfterMs = 1000;

interface Plain {
  readonly plain: Uint8Array;
  readonly owned: OwnedBytes;
  readonly encodedBody?: EncodedBody | undefined;
}

/** Refusals on the way to the entry. */
class Refusal extends Error {
  readonly http: number;
  readonly status: GrpcStatus;

  constructor(http: number, status: GrpcStatus) {
    super(status.message);
    this.http = http;
    this.status = status;
  }
}

/** OTLP over HTTP (spec core 10.3): auth, then decompression, then the route, the method, the media type, the body. */
export class OtlpHttp {
  readonly #config: OtlpHttpConfig;
  readonly #options: OtlpHttpOptions;
  readonly #routes: ReadonlyMap<string, ReceiverEntry>;
  readonly #maxBody: number;

  constructor(config: OtlpHttpConfig, options: OtlpHttpOptions) {
    this.#config = config;
    this.#options = options;
    this.#maxBody = config.max_request_body_size > 0 ? config.max_request_body_size : defaultMaxBody;
    const paths = {
      traces: config.traces_url_path,
      metrics: config.metrics_url_path,
      logs: config.logs_url_path,
      profiles: '/v1development/profiles',
    };
    this.#routes = new Map(options.entries.map((entry) => [pathOf(paths[entry.signal]) ?? '', entry]));
  }

  readonly onRequest = (request: HttpRequest, response: HttpResponse): void => {
    this.#answer(request, response).catch((error: unknown) => {
      // Only a fault of ours comes here; the sender must not wait for it.
      sendStatus(request, response, 500, { code: code.Internal, message: (error as Error).message, details: [] });
    });
  };

  async #answer(request: HttpRequest, response: HttpResponse): Promise<void> {
    let held = 0;
    const watched = this.#options.watch && watch(this.#options.watch, request, response);
    try {
      const auth = await this.#authenticate(request);
      const encoding = this.#encoding(request);
      if (this.#turnedAway(request, response)) return;
      const route = this.#route(request, response);
      if (!route) return;
      const { entry, form } = route;
      if (watched) watched.route = pathOf(request.url ?? '') ?? '';
      const body = await this.#body(request);
      held = body.taken;
      if (watched) watched.requestBytes = body.bytes.length;
      const { plain, owned, encodedBody }: Plain =
        encoding === undefined ? { plain: body.bytes, owned: body.owned } : await this.#inflate(encoding, body.bytes);
      // A body that may leave as it came stays in memory beside what it holds.
      const needed = encodedBody ? held + plain.length : Math.max(held, plain.length);
      if (!this.#options.admission.tryReserve(needed - held)) throw noMemory();
      held = needed;
      const batch = this.#read(entry, form, plain, encodedBody);
      const refused = await this.#take(entry, batch, request, response, auth, watched?.request);
      if (refused) sendStatus(request, response, httpStatusOf(refused.code), refused);
      else {
        // What was not taken may be held by whoever tries again.
        owned.release();
        if (owned !== body.owned) body.owned.release();
        send(response, 200, contentTypes[form], success[form]);
      }
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      sendStatus(request, response, error.http, error.status);
    } finally {
      this.#options.admission.release(held);
    }
  }

  async #authenticate(request: HttpRequest): Promise<ReadonlyMap<string, unknown> | undefined> {
    const { authenticator } = this.#options;
    if (!authenticator) return undefined;
    const fields = fieldsOf(request);
    const query = new URLSearchParams((request.url ?? '').split('?')[1] ?? '');
    for (const name of this.#config.auth?.request_params ?? []) if (query.has(name)) fields.set(name.toLowerCase(), query.getAll(name));
    try {
      return await authenticator.authenticate(fields);
    } catch (error) {
      throw new Refusal(401, { code: code.Unauthenticated, message: (error as Error).message, details: [] });
    }
  }

  #turnedAway(request: HttpRequest, response: HttpResponse): boolean {
    const refusal = firstRefusal(this.#options.middlewares);
    if (!refusal) return false;
    response.setHeader('retry-after', String(Math.ceil(refusal.retryAfterMs / 1000)));
    plain(request, response, refusal.http, `${refusal.text}\n`);
    return true;
  }

  #encoding(request: HttpRequest): Encoding | undefined {
    const known = this.#config.compression_algorithms;
    if (known.length === 0) return undefined;
    const given = firstHeader(request, 'content-encoding') ?? '';
    if (!known.includes(given)) throw new Refusal(400, invalid(`unsupported Content-Encoding: ${given}`));
    return given === '' ? undefined : (given as Encoding);
  }

  #route(request: HttpRequest, response: HttpResponse): { readonly entry: ReceiverEntry; readonly form: Form } | undefined {
    const [raw = '', query] = (request.url ?? '').split(/\?(.*)/s);
    const path = raw.startsWith('/') ? raw : (pathOf(raw) ?? raw);
    const clean = cleanPath(path);
    if (clean !== path && request.method !== 'CONNECT') {
      response.setHeader('location', query === undefined ? clean : `${clean}?${query}`);
      plain(request, response, 307, 'Temporary Redirect');
      return undefined;
    }
    const entry = this.#routes.get(decoded(path) ?? '');
    if (!entry) {
      response.setHeader('x-content-type-options', 'nosniff');
      plain(request, response, 404, '404 page not found\n');
      return undefined;
    }
    if (request.method !== 'POST') {
      plain(request, response, 405, '405 method not allowed, supported: [POST]');
      return undefined;
    }
    const form = formOf(request.headers['content-type']);
    if (form) return { entry, form };
    plain(request, response, 415, '415 unsupported media type, supported: [application/json, application/x-protobuf]');
    return undefined;
  }

  async #body(request: HttpRequest): ReturnType<typeof readBody> {
    try {
      return await readBody(request, this.#maxBody, this.#options.admission);
    } catch (error) {
      throw error instanceof NoMemory ? noMemory() : new Refusal(400, invalid((error as Error).message));
    }
  }

  async #inflate(encoding: Encoding, bytes: Uint8Array): Promise<Plain> {
    try {
      const { plain, whole } = await decompress(encoding, bytes, this.#maxBody);
      return { plain: plain.bytes, owned: plain, encodedBody: whole ? { encoding, bytes } : undefined };
    } catch (error) {
      throw new Refusal(400, invalid((error as Error).message));
    }
  }

  #read(entry: ReceiverEntry, form: Form, bytes: Uint8Array, encodedBody: EncodedBody | undefined): Batch {
    try {
      return form === 'json' ? entry.read(jsonToProto(entry.signal, bytes)) : entry.read(bytes, encodedBody);
    } catch (error) {
      throw new Refusal(400, invalid((error as Error).message));
    }
  }

  #take(
    entry: ReceiverEntry,
    batch: Batch,
    request: HttpRequest,
    response: HttpResponse,
    auth: RequestContext['auth'],
    watched: WatchedRequest | undefined,
  ): Promise<GrpcStatus | undefined> {
    const gone = new Cancellation();
    response.once('close', () => {
      if (!response.writableEnded) gone.abort('sender');
    });
    const { remoteAddress, remotePort } = request.socket;
    const peer = remoteAddress === undefined ? '' : `${remoteAddress.includes(':') ? `[${remoteAddress}]` : remoteAddress}:${remotePort}`;
    return entry.take(
      batch,
      {
        metadata: this.#config.include_metadata ? metadataOf(request) : noMetadata,
        signal: gone,
        auth,
        peer,
        span: watched?.span,
      },
      'http',
    );
  }
}

/** Tells how a request ended when its answer has left, or its sender has. */
function watch(
  begin: (start: RequestStart) => WatchedRequest,
  request: HttpRequest,
  response: HttpResponse,
): { readonly request: WatchedRequest; route: string | undefined; requestBytes: number } {
  const { headers, socket } = request;
  const watched = {
    request: begin({
      method: request.method ?? '',
      path: (request.url ?? '').split('?')[0] ?? '',
      host: headers.host ?? (typeof headers[':authority'] === 'string' ? headers[':authority'] : ''),
      scheme: 'encrypted' in socket ? 'https' : 'http',
      version: request.httpVersionMajor === 1 ? request.httpVersion : '2',
      peerAddress: socket.remoteAddress,
      peerPort: socket.remotePort,
      field: (name) => firstHeader(request, name),
    }),
    route: undefined,
    requestBytes: 0,
  };
  response.once('close', () => {
    const { route, requestBytes } = watched;
    const responseBytes = Number(response.getHeader('content-length') ?? 0);
    if (response.writableEnded) watched.request.ended({ status: response.statusCode, requestBytes, responseBytes, route });
    else watched.request.failed('the sender has gone');
  });
  return watched;
}

const noMetadata: RequestContext['metadata'] = new Map();

function invalid(message: string): GrpcStatus {
  return { code: code.InvalidArgument, message, details: [] };
}

function noMemory(): Refusal {
  return new Refusal(503, { code: code.Unavailable, message: new NoMemory().message, details: [retryInfo(defaultRetryAfterMs)] });
}

const mediaType = /^\s*[^\s;]+\s*(;\s*[\w!#$%&'*+.^`|~-]+\s*=\s*("[^"]*"|[\w!#$%&'*+.^`|~-]+)\s*)*;?\s*$/;

function formOf(type: string | undefined): Form | undefined {
  if (!mediaType.test(type ?? '')) return undefined;
  const media = (type ?? '').split(';')[0]?.trim().toLowerCase();
  return media === contentTypes.proto ? 'proto' : media === contentTypes.json ? 'json' : undefined;
}

/** Answers with a google.rpc.Status in the request's own form. */
function sendStatus(request: HttpRequest, response: HttpResponse, http: number, status: GrpcStatus): void {
  const type = request.headers['content-type'];
  const form = type === undefined || type === '' ? 'json' : formOf(type);
  if (http === 429 || http === 503) {
    const wait = retryDelayMs(status.details);
    if (wait !== undefined) response.setHeader('retry-after', String(Math.trunc(wait / 1000)));
  }
  letGo(request, response);
  if (!form) send(response, 500, contentTypes.json, Buffer.from('{"code": 13, "message": "failed to marshal error message"}'));
  else send(response, http, contentTypes[form], form === 'proto' ? encodeStatus(status) : Buffer.from(statusJson(status)));
}

function plain(request: HttpRequest, response: HttpResponse, http: number, text: string): void {
  letGo(request, response);
  send(response, http, 'text/plain; charset=utf-8', Buffer.from(text));
}

function send(response: HttpResponse, http: number, type: string, body: Uint8Array): void {
  if (response.headersSent || response.destroyed) return;
  response.statusCode = http;
  response.setHeader('content-type', type);
  response.setHeader('content-length', body.length);
  response.end(body);
}

/** What is left of a body that nobody wants is read away when it is little; else the connection ends after the answer. */
function letGo(request: HttpRequest, response: HttpResponse): void {
  if (request.readableEnded || request.complete) return;
  const declared = Number(request.headers['content-length'] ?? Number.NaN);
  if (request.httpVersionMajor === 1 && !(declared <= worthDraining)) {
    response.setHeader('connection', 'close');
    let drained = 0;
    request.on('data', (chunk: Uint8Array) => {
      drained += chunk.length;
      if (drained > worthDraining) request.socket.destroySoon();
    });
  } else request.resume();
}

/** A path without doubled slashes and dots, as a router that redirects to it sees it. */
function cleanPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  const clean = `/${parts.join('/')}`;
  return path.endsWith('/') && clean !== '/' ? `${clean}/` : clean;
}

/** A path with its escapes resolved; undefined when a segment hides a slash, which no route has. */
function decoded(path: string): string | undefined {
  try {
    const parts = path.split('/').map((part) => decodeURIComponent(part));
    return parts.some((part) => part.includes('/')) ? undefined : parts.join('/');
  } catch {
    return undefined;
  }
}

/** The first field of a name; of several `content-encoding` only it counts. */
function firstHeader(request: HttpRequest, name: string): string | undefined {
  const raw = request.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) if (raw[i]?.toLowerCase() === name) return raw[i + 1];
  return undefined;
}

function fieldsOf(request: HttpRequest): Map<string, readonly string[]> {
  const fields = new Map<string, string[]>();
  const raw = request.rawHeaders;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = (raw[i] ?? '').toLowerCase();
    if (name.startsWith(':')) continue;
    const values = fields.get(name);
    if (values) values.push(raw[i + 1] ?? '');
    else fields.set(name, [raw[i + 1] ?? '']);
  }
  return fields;
}

function metadataOf(request: HttpRequest): ReadonlyMap<string, readonly string[]> {
  const fields = fieldsOf(request);
  const authority = request.headers[':authority'];
  if (!fields.has('host') && typeof authority === 'string') fields.set('host', [authority]);
  return fields;
}
