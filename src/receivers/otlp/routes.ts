import type { GrpcStatus } from '../../component/delivery-error.js';
import type { DirectAnswer, HttpProtocol, HttpRoute } from '../../intake/http/protocol.js';
import type { ReceiverEntry } from '../../intake/receiver-entry.js';
import type { SenderFault } from '../../intake/sender-faults.js';
import { plainStatus } from '../../intake/status.js';
import { code, codeOfHttp } from '../../net/grpc/status.js';
import type { Answer } from '../../net/http/respond.js';
import type { HttpRequest } from '../../net/http/server.js';
import { locationPath } from '../../net/http/target.js';
import { statusOnlyAnswer } from '../../net/grpc/respond.js';
import { pathOf, type OtlpHttpConfig } from './config.js';
import { json, mediaTypeOf, saysJson } from './media-types.js';
import { pathHint, type ServedPath } from './path-hint.js';

/** OTLP over HTTP (docs/spec/core.md#otlp-http): the path of each signal, then the method, then the media type. */
export class OtlpRoutes implements HttpProtocol {
  readonly #entries: ReadonlyMap<string, ReceiverEntry>;
  /** Those whose path nothing in it changes: the request targets that almost all senders write. */
  readonly #plain: ReadonlyMap<string, ReceiverEntry>;
  readonly #paths: readonly ServedPath[];
  readonly #grpcAdvice: () => string;

  /** `grpcAdvice` says where OTLP/gRPC is. */
  constructor(config: OtlpHttpConfig, entries: readonly ReceiverEntry[], grpcAdvice: () => string) {
    const paths = {
      traces: config.traces_url_path,
      metrics: config.metrics_url_path,
      logs: config.logs_url_path,
      profiles: '/v1development/profiles',
    };
    this.#entries = new Map(entries.map((entry) => [pathOf(paths[entry.signal]) ?? '', entry]));
    this.#plain = new Map([...this.#entries].filter(([path]) => isPlain(path)));
    this.#paths = entries.map(({ signal }) => ({ signal, path: pathOf(paths[signal]) ?? '' }));
    this.#grpcAdvice = grpcAdvice;
  }

  route(request: HttpRequest): HttpRoute | DirectAnswer {
    if (isGrpc(request)) return this.#grpc(request);
    const target = request.url ?? '';
    const entry = this.#plain.get(target);
    return entry ? this.#found(request, entry, target) : this.#search(request, target);
  }

  /** The route of a target that is not written exactly as a path that is served. */
  #search(request: HttpRequest, url: string): HttpRoute | DirectAnswer {
    const [raw = '', query] = url.split(/\?(.*)/s);
    const path = raw.startsWith('/') ? raw : (pathOf(raw) ?? raw);
    const clean = cleanPath(path);
    if (clean !== path && request.method !== 'CONNECT') {
      const target = locationPath(clean);
      const fields = { location: query === undefined ? target : `${target}?${query}` };
      return { kind: 'answer', answer: { ...this.text(request, 307, 'Temporary Redirect'), fields }, fault: undefined };
    }
    const entry = this.#entries.get(decoded(path) ?? '');
    if (!entry)
      return this.#refused(request, 404, `404 page not found\n${pathHint(path, this.#paths)}\n`, 'path', {
        'x-content-type-options': 'nosniff',
      });
    return this.#found(request, entry, pathOf(url) ?? '');
  }

  #found(request: HttpRequest, entry: ReceiverEntry, path: string): HttpRoute | DirectAnswer {
    if (request.method !== 'POST')
      return this.#refused(request, 405, '405 method not allowed, supported: [POST]', 'path', { allow: 'POST' });
    const media = mediaTypeOf(request.headers['content-type']);
    if (!media) {
      const text = '415 unsupported media type, supported: [application/json, application/x-protobuf]';
      return this.#refused(request, 415, text, 'encoding', {});
    }
    const { transcode, success } = media;
    return {
      ...{ kind: 'route', entry, path, transcode, success },
      partial: ({ rejectedItems, message }) => ({
        ...success,
        body: media.partial(entry.signal, rejectedItems, message),
      }),
    };
  }

  /** For a sender of JSON a google.rpc.Status, for all others plain text. */
  text(request: HttpRequest, http: number, text: string): Answer {
    if (!saysJson(request.headers['content-type']))
      return { http, type: 'text/plain; charset=utf-8', body: Buffer.from(text) };
    const message = text.trimEnd().replaceAll('\n', ': ');
    return { http, type: json.name, body: json.status(plainStatus(codeOfHttp(http), message)) };
  }

  /** A google.rpc.Status in the request's own media type. */
  refusal(request: HttpRequest, http: number, status: GrpcStatus): Answer {
    const type = request.headers['content-type'];
    const media = type === undefined || type === '' ? json : mediaTypeOf(type);
    return media ? { http, type: media.name, body: media.status(status) } : unwritable;
  }

  #refused(
    request: HttpRequest,
    http: number,
    text: string,
    reason: SenderFault,
    fields: Readonly<Record<string, string>>,
  ): DirectAnswer {
    const message = `${request.method} ${request.url}: ${text.trimEnd().replaceAll('\n', ': ')}`;
    return { kind: 'answer', answer: { ...this.text(request, http, text), fields }, fault: { reason, message } };
  }

  /** A call of gRPC, over TLS: gRPC clients read a status in trailers, whatever the path. */
  #grpc(request: HttpRequest): DirectAnswer {
    const message = this.#grpcAdvice();
    const answer =
      request.httpVersionMajor === 1
        ? this.text(request, 415, message)
        : statusOnlyAnswer(plainStatus(code.Unimplemented, message));
    return { kind: 'answer', answer, fault: { reason: 'protocol', message } };
  }
}

/** The Collector's answer to a request of an unknown media type. */
const unwritable: Answer = {
  http: 500,
  type: json.name,
  body: Buffer.from('{"code": 13, "message": "failed to marshal error message"}'),
};

function isGrpc({ headers, method }: HttpRequest): boolean {
  return method === 'POST' && /^application\/grpc(?:[+;]|$)/.test(headers['content-type'] ?? '');
}

/** True for a path that a router would neither redirect nor decode. */
function isPlain(path: string): boolean {
  return !path.includes('?') && cleanPath(path) === path && decoded(path) === path;
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
