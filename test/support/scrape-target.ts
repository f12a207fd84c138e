import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { protoToJson } from '../../src/otlp/json/encode.js';
import type { Batch } from '../../src/otlp/batch.js';

/** A page as a target answers it. */
export interface Page {
  readonly status?: number;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  /** Never answer. */
  readonly silent?: boolean;
}

/** A real HTTP server that is scraped. */
export class ScrapeTarget {
  /** Its answer, for a request. */
  page: (request: http.IncomingMessage) => Page;
  readonly requests: http.IncomingMessage[] = [];
  readonly port: number;
  readonly #server: http.Server;

  private constructor(server: http.Server, page: Page) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
    this.page = () => page;
    server.on('request', (request, response) => {
      this.requests.push(request);
      const { status = 200, type, headers = {}, body, silent } = this.page(request);
      if (silent === true) return;
      response.writeHead(status, { ...(type === undefined ? {} : { 'content-type': type }), ...headers });
      response.end(body);
    });
  }

  /** Listens on a free port, or on `port`. */
  static async start(body = '', port = 0): Promise<ScrapeTarget> {
    // A connection that rests is its client's to end: the two would meet when the process stands still for seconds.
    const server = http.createServer({ keepAliveTimeout: 0 });
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    return new ScrapeTarget(server, { body });
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  /** Answers with a text from now on. */
  set body(body: string | Uint8Array) {
    this.page = () => ({ body });
  }

  /** Calls `tell` for a client that takes it for a proxy, and refuses. */
  onConnect(tell: (url: string | undefined) => void): void {
    this.#server.on('connect', (request, socket) => {
      tell(request.url);
      socket.end('HTTP/1.1 502 Bad Gateway\r\n\r\n');
    });
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A data point with everything around it. */
export interface FlatPoint {
  readonly resource: Readonly<Record<string, unknown>>;
  readonly scope: Readonly<Record<string, unknown>>;
  readonly name: string;
  readonly type: string;
  readonly unit: string | undefined;
  readonly description: string | undefined;
  /** `gauge`, `sum`, ... */
  readonly kind: string;
  readonly monotonic: boolean | undefined;
  readonly attributes: Readonly<Record<string, unknown>>;
  /** The point as JSON has it, without its attributes. */
  readonly point: Readonly<Record<string, unknown>>;
}

type Json = Readonly<Record<string, unknown>>;

function attributesOf(list: unknown): Record<string, unknown> {
  const entries = ((list ?? []) as { key: string; value: Json }[]).map(({ key, value }): [string, unknown] => [
    key,
    Object.values(value)[0],
  ]);
  return Object.fromEntries(entries);
}

/** The points of a batch of metrics, in order. */
export function pointsOf(batch: Batch): FlatPoint[] {
  const request = JSON.parse(Buffer.from(protoToJson('metrics', batch.bytes)).toString()) as Json;
  const points: FlatPoint[] = [];
  for (const resource of list(request, 'resourceMetrics'))
    for (const scope of list(resource, 'scopeMetrics'))
      for (const metric of list(scope, 'metrics')) {
        const { name, unit, description, metadata, ...data } = metric;
        const [kind, content] = Object.entries(data)[0] as [string, Json];
        for (const { attributes, ...point } of list(content, 'dataPoints'))
          points.push({
            resource: attributesOf((resource['resource'] as Json | undefined)?.['attributes']),
            scope: scopeOf(scope),
            name: String(name),
            type: String(attributesOf(metadata)['prometheus.type']),
            unit: unit as string | undefined,
            description: description as string | undefined,
            kind,
            monotonic: content['isMonotonic'] as boolean | undefined,
            attributes: attributesOf(attributes),
            point,
          });
      }
  return points;
}

function scopeOf(scope: Json): Record<string, unknown> {
  const { attributes, ...rest } = (scope['scope'] ?? {}) as Json;
  const url = scope['schemaUrl'];
  return {
    ...rest,
    ...(attributes === undefined ? {} : { attributes: attributesOf(attributes) }),
    ...(url === undefined ? {} : { schemaUrl: url }),
  };
}

function list(value: Json, key: string): Json[] {
  return (value[key] ?? []) as Json[];
}
