import http from 'node:http';

/** Upper bounds of the buckets that the tests configure, milliseconds. */
export const bounds: readonly number[] = [2, 10, 50, 250, 1000];

/** The counts of one series: calls, and their durations. */
export interface Counted {
  calls: number;
  /** Cumulative, by bound; the last one is that of infinity. */
  readonly buckets: number[];
  sumMs: number;
}

interface Span {
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly failed: boolean;
  readonly durationNanos: number;
}

const kinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];

/** Spans of traces that cross several services, and exact counts of all that was sent. */
export class RedTraffic {
  readonly services: readonly string[];
  /** By `service/name/kind/status`. */
  readonly counted: Map<string, Counted> = new Map();
  readonly #host: string;
  readonly #port: number;
  #made = 0;

  /** @param port - of an `otlp` receiver over HTTP */
  constructor(port: number, services: number, host = '127.0.0.1') {
    this.#host = host;
    this.#port = port;
    this.services = Array.from({ length: services }, (_, i) => `service-${i}`);
  }

  /** Sends traces, each with a span of every service, and counts them. */
  async send(traces: number): Promise<void> {
    for (let sent = 0; sent < traces; sent += 50) {
      const byService = new Map<string, object[]>();
      for (let i = sent; i < Math.min(traces, sent + 50); i++) {
        const traceId = (++this.#made).toString(16).padStart(32, '0').replace(/^00/, 'a1');
        this.services.forEach((service, k) => {
          const span = this.#span(service, this.#made * 31 + k * 7);
          this.#count(span);
          const all = byService.get(service) ?? [];
          byService.set(service, all);
          all.push(encoded(span, traceId, k));
        });
      }
      // As a batcher sends them that joins requests, a request has each resource several times.
      const resourceSpans = [...byService].flatMap(([service, spans]) =>
        [0, 1, 2].map((part) => ({
          resource: { attributes: [{ key: 'service.name', value: { stringValue: service } }] },
          scopeSpans: [{ spans: spans.filter((_, i) => i % 3 === part) }],
        })),
      );
      const status = await this.#post({ resourceSpans });
      if (status !== 200) throw new Error(`the gateway answered ${status}`);
    }
  }

  /** Counts of one service together. */
  callsOf(service: string): number {
    let calls = 0;
    for (const [series, counted] of this.counted) if (series.startsWith(`${service}/`)) calls += counted.calls;
    return calls;
  }

  #span(service: string, n: number): Span {
    return {
      service,
      name: ['GET /a', 'POST /b', 'query'][n % 3]!,
      kind: 1 + (n % 3),
      failed: n % 5 === 0,
      // From a tenth of a millisecond to three seconds, never on a bound.
      durationNanos: 100_003 + ((n * 7_919_003) % 3_000_000) * 1000,
    };
  }

  #count({ service, name, kind, failed, durationNanos }: Span): void {
    const series = `${service}/${name}/${kinds[kind]!.toUpperCase()}/${failed ? 'ERROR' : 'UNSET'}`;
    let counted = this.counted.get(series);
    if (!counted)
      this.counted.set(series, (counted = { calls: 0, buckets: [...bounds, Infinity].map(() => 0), sumMs: 0 }));
    const ms = durationNanos / 1e6;
    counted.calls++;
    counted.sumMs += ms;
    [...bounds, Infinity].forEach((bound, i) => {
      if (ms <= bound) counted.buckets[i] = (counted.buckets[i] ?? 0) + 1;
    });
  }

  #post(body: object): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const request = http.request(
        { host: this.#host, port: this.#port, path: '/v1/traces', method: 'POST', headers },
        (response) => {
          response.resume();
          response.on('end', () => resolve(response.statusCode));
        },
      );
      request.on('error', reject);
      request.end(JSON.stringify(body));
    });
  }
}

function encoded({ name, kind, failed, durationNanos }: Span, traceId: string, k: number): object {
  const start = BigInt(Date.now()) * 1_000_000n;
  return {
    traceId,
    spanId: (k + 1).toString(16).padStart(16, '0'),
    name,
    kind,
    startTimeUnixNano: String(start),
    endTimeUnixNano: String(start + BigInt(durationNanos)),
    status: failed ? { code: 2 } : {},
  };
}
