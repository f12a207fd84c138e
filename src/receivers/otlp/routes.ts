import type { GrpcStatus } from '../../component/delivery-error.js';
import type { DirectAnswer, HttpProtocol, HttpRoute } from '../../intake/http/protocol.js';
import type { ReceiverEntry } from '../../intake/receiver-entry.js';
import type { Answer } from '../../net/http/respond.js';
import type { HttpRequest } from '../../net/http/server.js';
import { locationPath } from '../../net/http/target.js';
import { pathOf, type OtlpHttpConfig } from './config.js';
import { json, mediaTypeOf } from './media-types.js';

/** OTLP over HTTP (docs/spec/core.md#otlp-http): the path of each signal, then the method, then the media type. */
export class OtlpRoutes implements HttpProtocol {
  readonly #entries: ReadonlyMap<string, ReceiverEntry>;

  constructor(config: OtlpHttpConfig, entries: readonly ReceiverEntry[]) {
    const paths = {
      traces: config.traces_url_path,
      metrics: config.metrics_url_path,
      logs: config.logs_url_path,
      profiles: '/v1development/profiles',
    };
    this.#entries = new Map(entries.map((entry) => [pathOf(paths[entry.signal]) ?? '', entry]));
  }

  route(request: HttpRequest): HttpRoute | DirectAnswer {
    const [raw = '', query] = (request.url ?? '').split(/\?(.*)/s);
    const path = raw.startsWith('/') ? raw : (pathOf(raw) ?? raw);
    const clean = cleanPath(path);
    if (clean !== path && request.method !== 'CONNECT') {
      const target = locationPath(clean);
      return direct(307, 'Temporary Redirect', { location: query === undefined ? target : `${target}?${query}` });
    }
    const entry = this.#entries.get(decoded(path) ?? '');
    if (!entry) return direct(404, '404 page not found\n', { 'x-content-type-options': 'nosniff' });
    if (request.method !== 'POST') return direct(405, '405 method not allowed, supported: [POST]');
    const media = mediaTypeOf(request.headers['content-type']);
    if (!media) return direct(415, '415 unsupported media type, supported: [application/json, application/x-protobuf]');
    const { transcode, success } = media;
    return {
      ...{ kind: 'route', entry, path: pathOf(request.url ?? '') ?? '', transcode, success },
      partial: ({ rejectedItems, message }) => ({
        ...success,
        body: media.partial(entry.signal, rejectedItems, message),
      }),
    };
  }

  /** A google.rpc.Status in the request's own media type. */
  refusal(request: HttpRequest, http: number, status: GrpcStatus): Answer {
    const type = request.headers['content-type'];
    const media = type === undefined || type === '' ? json : mediaTypeOf(type);
    return media ? { http, type: media.name, body: media.status(status) } : unwritable;
  }
}

/** The Collector's answer to a request of an unknown media type. */
const unwritable: Answer = {
  http: 500,
  type: json.name,
  body: Buffer.from('{"code": 13, "message": "failed to marshal error message"}'),
};

function direct(http: number, text: string, fields: Readonly<Record<string, string>> = {}): DirectAnswer {
  return { kind: 'answer', answer: { http, type: 'text/plain; charset=utf-8', body: Buffer.from(text), fields } };
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
