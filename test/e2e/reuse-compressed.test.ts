import http from 'node:http';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { eachSpan, encodeSpans } from '../support/otlp.js';
import { freePorts, startProgram, until } from '../support/program.js';

const spans = (...ids: readonly string[]): Buffer =>
  encodeSpans(ids.map((id) => ({ traceId: id.repeat(16), spanId: id.repeat(8) })));

test('what nothing changed leaves as the compressed body it came in, and anything else does not', async () => {
  const [plain = 0, batched = 0, off = 0, level = 0] = await freePorts(4);
  const bodies: Buffer[] = [];
  const backend = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      expect(request.headers['content-encoding']).toBe('gzip');
      bodies.push(Buffer.concat(chunks));
      response.end();
    });
  });
  await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
  const endpoint = `http://127.0.0.1:${(backend.address() as { port: number }).port}`;
  const gateway = await startProgram(`
receivers:
  otlp: {protocols: {http: {endpoint: "127.0.0.1:${plain}"}}}
  otlp/batched: {protocols: {http: {endpoint: "127.0.0.1:${batched}"}}}
  otlp/off: {protocols: {http: {endpoint: "127.0.0.1:${off}"}}}
  otlp/level: {protocols: {http: {endpoint: "127.0.0.1:${level}"}}}
exporters:
  otlp_http: {endpoint: "${endpoint}"}
  otlp_http/batched: {endpoint: "${endpoint}", sending_queue: {batch: {flush_timeout: 50ms, max_size: 1, min_size: 0}}}
  otlp_http/off: {endpoint: "${endpoint}", reuse_compressed: false}
  otlp_http/level: {endpoint: "${endpoint}", compression_params: {level: 9}}
service:
  telemetry: {metrics: {level: none}}
  pipelines:
    traces: {receivers: [otlp], exporters: [otlp_http]}
    traces/batched: {receivers: [otlp/batched], exporters: [otlp_http/batched]}
    traces/off: {receivers: [otlp/off], exporters: [otlp_http/off]}
    traces/level: {receivers: [otlp/level], exporters: [otlp_http/level]}
`);
  const through = async (port: number, body: Buffer, count = 1): Promise<Buffer[]> => {
    bodies.length = 0;
    const headers = { 'content-type': 'application/x-protobuf', 'content-encoding': 'gzip' };
    const answer = await fetch(`http://127.0.0.1:${port}/v1/traces`, { method: 'POST', headers, body });
    expect(answer.status).toBe(200);
    await until('the bodies at the backend', () => bodies.length >= count);
    return [...bodies];
  };
  const idsIn = (body: Buffer): string[] => {
    const ids: string[] = [];
    eachSpan(gunzipSync(body), (_trace, id) => ids.push(id));
    return ids;
  };
  // Not as zlib itself would write it, so that the same bytes can only have been handed on.
  const odd = gzipSync(spans('01', '02'), { level: 0 });
  const both = ['01'.repeat(8), '02'.repeat(8)];
  try {
    expect(await through(plain, odd)).toEqual([odd]);
    const members = Buffer.concat([gzipSync(spans('01'), { level: 0 }), gzipSync(spans('02'), { level: 0 })]);
    expect(await through(plain, members)).toEqual([members]);
    // Bytes behind the end are not what was checked, and another reader may mind them.
    const [trailed = odd] = await through(plain, Buffer.concat([odd, Buffer.alloc(7)]));
    expect([trailed.length < odd.length + 7, idsIn(trailed)]).toEqual([true, both]);
    expect((await through(batched, odd, 2)).flatMap(idsIn).sort()).toEqual(both);
    for (const port of [off, level]) {
      const [body = odd] = await through(port, odd);
      expect([body.equals(odd), idsIn(body)]).toEqual([false, both]);
    }
  } finally {
    expect(await gateway.stop()).toBe(0);
    expect(gateway.output()).toContain('The ledger balances');
    backend.close();
  }
});
