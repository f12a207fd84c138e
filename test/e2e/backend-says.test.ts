import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import * as grpc from '@grpc/grpc-js';
import { afterEach, describe, expect, test } from 'vitest';
import type { Exporter } from '../../src/component/define.js';
import { definition as loadBalancing } from '../../src/exporters/load_balancing/index.js';
import { definition as otlpGrpc } from '../../src/exporters/otlp_grpc/index.js';
import { definition as otlpHttp } from '../../src/exporters/otlp_http/index.js';
import { encodePartialSuccess, readPartialSuccess } from '../../src/otlp/status/partial-success.js';
import { encodeRetryInfo, retryDelayMs } from '../../src/otlp/status/retry-info.js';
import { decodeStatus, encodeStatus } from '../../src/otlp/status/rpc-status.js';
import { definition as receiver } from '../../src/receivers/otlp/index.js';
import { heldWorld } from '../support/held-world.js';
import { hostWith } from '../support/host.js';
import { encodeSpans } from '../support/otlp.js';
import { freePorts } from '../support/program.js';

const path = '/opentelemetry.proto.collector.trace.v1.TraceService/Export';
const raw = (bytes: Buffer): Buffer => bytes;
const id = '5b8aa5a2d2c872e8321cf37308d69df2';
const body = encodeSpans(['1', '2', '3'].map((n) => ({ traceId: id, spanId: n.repeat(16) })));
const host = hostWith();
const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).toReversed()) await stop();
});

type Says = { readonly rejected: number; readonly message: string } | { readonly comeBackMs: number };

async function grpcBackend(says: Says): Promise<number> {
  const server = new grpc.Server();
  const method = { path, requestStream: false, responseStream: false } as const;
  const plain = { requestSerialize: raw, requestDeserialize: raw, responseSerialize: raw, responseDeserialize: raw };
  server.addService(
    { Export: { ...method, ...plain } },
    {
      Export(_call: grpc.ServerUnaryCall<Buffer, Buffer>, answer: grpc.sendUnaryData<Buffer>) {
        if ('rejected' in says) return answer(null, Buffer.from(encodePartialSuccess(says.rejected, says.message)));
        const metadata = new grpc.Metadata();
        const status = { code: 8, message: 'busy', details: [encodeRetryInfo(says.comeBackMs)] };
        metadata.set('grpc-status-details-bin', Buffer.from(encodeStatus(status)));
        answer({ code: 8, details: 'busy', metadata });
      },
    },
  );
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createInsecure(), (error, at) =>
      error ? reject(error) : resolve(at),
    ),
  );
  stops.push(() => server.forceShutdown());
  return port;
}

async function httpBackend(says: Says, status = 429): Promise<number> {
  const server = http.createServer((request, response) => {
    request.resume().on('end', () => {
      if ('rejected' in says) {
        response.setHeader('content-type', 'application/x-protobuf');
        response.end(encodePartialSuccess(says.rejected, says.message));
      } else response.writeHead(status, { 'retry-after': String(says.comeBackMs / 1000) }).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stops.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const off = { sending_queue: { enabled: false }, retry_on_failure: { enabled: false } };
const waits = { sending_queue: { wait_for_result: true }, retry_on_failure: { enabled: false } };

/** An exporter towards a backend that says this to every request. */
const exporters: Readonly<Record<string, (says: Says, world: ReturnType<typeof heldWorld>) => Promise<Exporter>>> = {
  async otlp_grpc(says, { context }) {
    const endpoint = `127.0.0.1:${await grpcBackend(says)}`;
    return otlpGrpc.create(otlpGrpc.config.parse({ endpoint, tls: { insecure: true }, ...off }), context);
  },
  async otlp_http(says, { context }) {
    const endpoint = `http://127.0.0.1:${await httpBackend(says)}`;
    return otlpHttp.create(otlpHttp.config.parse({ endpoint, ...off }), context);
  },
  async 'otlp_http, 503'(says, { context }) {
    const endpoint = `http://127.0.0.1:${await httpBackend(says, 503)}`;
    return otlpHttp.create(otlpHttp.config.parse({ endpoint, ...off }), context);
  },
  async 'otlp_http with wait_for_result'(says, { context }) {
    const endpoint = `http://127.0.0.1:${await httpBackend(says)}`;
    return otlpHttp.create(otlpHttp.config.parse({ endpoint, ...waits }), context);
  },
  async load_balancing(says, { context }) {
    const hostnames = [`127.0.0.1:${await grpcBackend(says)}`];
    const protocol = { otlp: { tls: { insecure: true }, ...off } };
    return loadBalancing.create(loadBalancing.config.parse({ protocol, resolver: { static: { hostnames } } }), context);
  },
};

/** A gateway before that backend. */
async function gateway(name: string, says: Says): Promise<{ grpc: number; http: number; lost(): number }> {
  const world = heldWorld();
  const exporter = await (exporters[name] as (typeof exporters)[string])(says, world);
  const [grpcPort, httpPort] = (await freePorts(2)) as [number, number];
  const protocols = { grpc: { endpoint: `127.0.0.1:${grpcPort}` }, http: { endpoint: `127.0.0.1:${httpPort}` } };
  const front = await receiver.create(receiver.config.parse({ protocols }), heldWorld().context, exporter);
  await exporter.start?.(host);
  stops.push(() => exporter.shutdown?.(AbortSignal.abort()));
  await front.start?.(host);
  stops.push(() => front.shutdown?.(AbortSignal.abort()));
  return { grpc: grpcPort, http: httpPort, lost: () => world.books.droppedItems['rejected_by_backend'] ?? 0 };
}

interface Heard {
  readonly code: number;
  readonly partial: { readonly rejected: number; readonly message: string } | undefined;
  readonly comeBackMs: number | undefined;
}

function overGrpc(port: number): Promise<Heard> {
  const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
  stops.push(() => client.close());
  return new Promise((resolve) => {
    client.makeUnaryRequest(path, raw, raw, body, (error, reply) => {
      const [details] = error?.metadata.get('grpc-status-details-bin') ?? [];
      const { rejected = 0n, message = '' } = reply ? readPartialSuccess(reply) : {};
      resolve({
        code: error?.code ?? 0,
        partial: reply && { rejected: Number(rejected), message },
        comeBackMs: details instanceof Buffer ? retryDelayMs(decodeStatus(details)?.details ?? []) : undefined,
      });
    });
  });
}

async function overHttp(port: number, type: string): Promise<Heard> {
  const json = type === 'application/json';
  const spans = [1, 2, 3].map((n) => ({ traceId: id, spanId: String(n).repeat(16) }));
  const reply = await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': type },
    body: json ? JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }) : new Uint8Array(body),
  });
  const after = reply.headers.get('retry-after');
  const bytes = Buffer.from(await reply.arrayBuffer());
  let partial: Heard['partial'];
  if (reply.status === 200 && json) {
    const { partialSuccess } = JSON.parse(bytes.toString()) as { partialSuccess: Record<string, string> };
    partial = { rejected: Number(partialSuccess['rejectedSpans'] ?? 0), message: partialSuccess['errorMessage'] ?? '' };
  } else if (reply.status === 200) {
    const { rejected, message } = readPartialSuccess(bytes);
    partial = { rejected: Number(rejected), message };
  }
  return { code: reply.status, partial, comeBackMs: after === null ? undefined : Number(after) * 1000 };
}

const senders: Readonly<Record<string, (ports: { grpc: number; http: number }) => Promise<Heard>>> = {
  gRPC: ({ grpc: port }) => overGrpc(port),
  protobuf: ({ http: port }) => overHttp(port, 'application/x-protobuf'),
  JSON: ({ http: port }) => overHttp(port, 'application/json'),
};

describe.each(Object.keys(exporters))('%s', (exporter) => {
  test.each(Object.keys(senders))('a sender over %s hears what the backend rejected', async (sender) => {
    const ports = await gateway(exporter, { rejected: 2, message: 'too old' });
    const { partial } = await (senders[sender] as (typeof senders)[string])(ports);
    expect(partial).toEqual({ rejected: 2, message: 'too old' });
    expect(ports.lost()).toBe(2);
  });

  test.each(Object.keys(senders))('a sender over %s hears a warning, cut to a bound', async (sender) => {
    const ports = await gateway(exporter, { rejected: 0, message: 'w'.repeat(50_000) });
    const { partial } = await (senders[sender] as (typeof senders)[string])(ports);
    expect(partial).toEqual({ rejected: 0, message: 'w'.repeat(1024) });
    expect(ports.lost()).toBe(0);
  });

  test.each(Object.keys(senders))('a sender over %s hears when to come back', async (sender) => {
    const { code, comeBackMs } = await (senders[sender] as (typeof senders)[string])(
      await gateway(exporter, { comeBackMs: 7000 }),
    );
    expect(comeBackMs).toBe(7000);
    expect([8, 14, 429, 503]).toContain(code);
  });
});
