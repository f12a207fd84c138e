// Requests of strangers through ordinary clients: what is hostile is the body or a field.
import http from 'node:http';
import http2 from 'node:http2';
import { grpcFrame, traceExport } from './otlp.mjs';

/** Resolves with the status, or `'none'`. `from`: another address of loopback. */
export function postHttp(port, body, { headers = {}, path = '/v1/traces', agent, from, method = 'POST' } = {}) {
  return new Promise((resolve) => {
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        method,
        path,
        agent,
        localAddress: from,
        headers: { 'content-type': 'application/x-protobuf', ...headers },
      },
      (response) => {
        response.resume();
        response.on('close', () => resolve(response.statusCode));
      },
    );
    request.on('error', () => resolve('none'));
    request.end(body);
  });
}

/** Sends `bodies` over one gRPC connection at once; resolves with the statuses. */
export async function callGrpc(port, bodies, encoding = '', more = {}) {
  const session = http2.connect(`http://127.0.0.1:${port}`);
  session.on('error', () => {});
  const answers = await Promise.all(
    bodies.map(
      (body) =>
        new Promise((resolve) => {
          let status;
          const note = (fields) => (status = fields['grpc-status'] ?? status);
          if (session.destroyed) return resolve('none');
          const stream = session.request({
            ':method': 'POST',
            ':path': traceExport,
            'content-type': 'application/grpc',
            te: 'trailers',
            ...(encoding === '' ? {} : { 'grpc-encoding': encoding }),
            ...more,
          });
          stream
            .on('response', note)
            .on('trailers', note)
            .on('error', () => {});
          stream.on('close', () => resolve(status === undefined ? 'none' : `grpc ${status}`));
          stream.resume();
          stream.end(grpcFrame(body, encoding !== ''));
        }),
    ),
  );
  session.destroy();
  return answers;
}

/** How often each answer came. */
export function tally(answers) {
  const counts = {};
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1;
  return counts;
}
