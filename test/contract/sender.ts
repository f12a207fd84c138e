import http2 from 'node:http2';
import { gzipSync } from 'node:zlib';
import { exportMethods, exportPaths } from '../../src/net/otlp/services.js';
import type { Items, Request, TestSignal } from './items.js';

/**
 * The outcome of one request for its sender. `unheard`: nothing there has this protocol, or the answer names another
 * port.
 */
type Outcome = 'accepted' | 'refused' | 'later' | 'unheard';

/** One way to send telemetry to an address. A receiver of another protocol needs its own way here. */
type Send = (endpoint: string, request: Request) => Promise<Outcome>;

const ways: readonly Send[] = [
  grpc(false),
  grpc(true),
  http('application/x-protobuf', false),
  http('application/x-protobuf', true),
  http('application/json', true),
];

/**
 * Sends a request of each signal in each way to each address, and repeats it while it is refused for now. Counts the
 * requests that were not unheard.
 */
export async function bring(
  endpoints: readonly string[],
  items: Items,
): Promise<{ readonly requests: number; readonly refused: number; readonly acceptedItems: number }> {
  let requests = 0;
  let refused = 0;
  let acceptedItems = 0;
  for (const endpoint of endpoints) {
    for (const way of ways) {
      for (const signal of ['traces', 'metrics', 'logs'] satisfies TestSignal[]) {
        const request = items.request(signal);
        let outcome: Outcome = 'later';
        for (let tries = 0; outcome === 'later' && tries < 10; tries++) outcome = await way(endpoint, request);
        if (outcome === 'unheard') continue;
        requests++;
        if (outcome === 'accepted') acceptedItems += request.items;
        else refused++;
      }
    }
  }
  return { requests, refused, acceptedItems };
}

function grpc(compressed: boolean): Send {
  return (endpoint, { signal, proto }) =>
    new Promise((resolve) => {
      const session = http2.connect(`http://${endpoint}`);
      const end = (outcome: Outcome): void => {
        session.destroy();
        resolve(outcome);
      };
      session.on('error', () => end('unheard'));
      const stream = session.request({
        ':method': 'POST',
        ':path': exportMethods[signal],
        'content-type': 'application/grpc',
        te: 'trailers',
        ...(compressed ? { 'grpc-encoding': 'gzip' } : {}),
      });
      const message = compressed ? gzipSync(proto) : proto;
      const prefix = Buffer.from([compressed ? 1 : 0, 0, 0, 0, 0]);
      prefix.writeUInt32BE(message.length, 1);
      let code: string | undefined;
      const status = (headers: http2.IncomingHttpHeaders): void => {
        if (headers['grpc-status'] !== undefined) code = String(headers['grpc-status']);
      };
      stream.on('response', status);
      stream.on('trailers', status);
      stream.on('error', () => {});
      stream.resume();
      stream.on('close', () =>
        // 12: UNIMPLEMENTED.
        end(
          code === undefined || code === '12'
            ? 'unheard'
            : code === '0'
              ? 'accepted'
              : code === '14'
                ? 'later'
                : 'refused',
        ),
      );
      stream.end(Buffer.concat([prefix, message]));
    });
}

function http(type: string, compressed: boolean): Send {
  return (endpoint, { signal, proto, json: text }) => {
    const body = type === 'application/json' ? Buffer.from(text) : proto;
    return post(endpoint, exportPaths[signal], compressed ? gzipSync(body) : body, {
      'content-type': type,
      ...(compressed ? { 'content-encoding': 'gzip' } : {}),
    });
  };
}

async function post(
  endpoint: string,
  path: string,
  body: Uint8Array,
  headers: Record<string, string>,
): Promise<Outcome> {
  try {
    const answer = await fetch(`http://${endpoint}/${path}`, { method: 'POST', body: body as never, headers });
    const { status } = answer;
    if (status === 404 || status === 405) return 'unheard';
    if (status === 400 && (await answer.text()).includes('this is the port of OTLP/gRPC')) return 'unheard';
    return status === 200 ? 'accepted' : status === 503 ? 'later' : 'refused';
  } catch {
    return 'unheard';
  }
}
