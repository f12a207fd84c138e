import fs from 'node:fs';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { freePorts, startProgram, until, type Program } from '../support/program.js';

const folder = path.resolve(import.meta.dirname, '../../examples/policy');
const programs: Program[] = [];
afterEach(async () => {
  await Promise.all(programs.splice(0).map((program) => program.stop('SIGKILL')));
});

/** Sends `requests` to a gateway that runs an example, and resolves with all that it has written when it has ended. */
async function outputOf(
  file: string,
  requests: readonly { readonly body: object; readonly headers?: Readonly<Record<string, string>> }[],
  last: string,
): Promise<string> {
  const [http = 0, grpc = 0, metrics = 0] = await freePorts(3);
  const program = await startProgram(fs.readFileSync(path.join(folder, file), 'utf8'), {
    env: { HTTP_PORT: String(http), GRPC_PORT: String(grpc), METRICS_PORT: String(metrics) },
  });
  programs.push(program);
  for (const { body, headers = {} } of requests) {
    const response = await fetch(`http://localhost:${http}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(200);
  }
  await until(`${last} in the output`, () => program.output().includes(last));
  expect(await program.stop()).toBe(0);
  return program.output();
}

function request(name: string, attributes: Readonly<Record<string, string>>, tenant?: string): object {
  const pairs = (texts: Readonly<Record<string, string>>): object[] =>
    Object.entries(texts).map(([key, stringValue]) => ({ key, value: { stringValue } }));
  const span = { traceId: '5b8aa5a2d2c872e8321cf37308d69df2', spanId: '051581bf3cb55c13', name, kind: 2 };
  const resource = { attributes: pairs(tenant === undefined ? {} : { tenant }) };
  return { resourceSpans: [{ resource, scopeSpans: [{ spans: [{ ...span, attributes: pairs(attributes) }] }] }] };
}

test('drop-health-checks.yaml', async () => {
  const output = await outputOf(
    'drop-health-checks.yaml',
    [
      { body: request('GET /healthz', { 'url.path': '/healthz' }) },
      { body: request('GET /cart', { 'url.path': '/cart' }) },
    ],
    'GET /cart',
  );
  expect(output).not.toContain('GET /healthz');
  expect(output).toContain('"filtered": 1');
});

test('redact.yaml', async () => {
  const attributes = { 'http.request.header.authorization': 'Bearer abc', 'enduser.id': 'jane@example.com' };
  const output = await outputOf('redact.yaml', [{ body: request('GET /', attributes) }], 'enduser.id');
  expect(output).toContain('enduser.id=<e-mail>');
  expect(output).not.toMatch(/jane|Bearer/);
});

test('rename-attributes.yaml', async () => {
  const attributes = { 'http.method': 'GET', 'http.target': '/cart?item=1' };
  const output = await outputOf('rename-attributes.yaml', [{ body: request('GET', attributes) }], 'url.path');
  expect(output).toMatch(/http\.request\.method=GET url\.path=\/cart url\.query=item=1$/m);
});

test('route-by-tenant.yaml', async () => {
  const output = await outputOf(
    'route-by-tenant.yaml',
    [
      { body: request('by header', {}, 'globex'), headers: { 'x-tenant': 'acme' } },
      { body: request('by attribute', {}, 'globex') },
      { body: request('of nobody', {}) },
    ],
    'of nobody',
  );
  const takenBy = (exporter: string): number =>
    output
      .split('\n')
      .filter((line) => line.includes(`"otelcol.component.id": "${exporter}"`) && line.includes('"spans": 1')).length;
  expect(['debug/acme', 'debug/globex', 'debug/shared'].map(takenBy)).toEqual([1, 1, 1]);
});
