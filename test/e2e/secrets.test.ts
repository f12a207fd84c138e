import { expect, test } from 'vitest';
import { encodeSpans } from '../support/otlp.js';
import { freePorts, runCommand, startProgram, until } from '../support/program.js';

const secret = 'hunter2-Sw0rdfish';
const shown = /hunt|Sw0r|fish/;
const body = encodeSpans([{ traceId: '01'.repeat(16), spanId: '02'.repeat(8) }]);

test('no log line of a gateway that runs shows a secret of a URL', async () => {
  const [port = 0, closed = 0] = await freePorts(2);
  const url = (path: string): string => `http://me:${secret}@127.0.0.1:${closed}${path}?token=${secret}`;
  const exporter = (more: string): string =>
    `{endpoint: "http://127.0.0.1:${closed}", sending_queue: {enabled: false}, ` +
    `retry_on_failure: {enabled: false}, ${more}}`;
  const program = await startProgram(
    [
      `receivers: {otlp: {protocols: {http: {endpoint: "127.0.0.1:${port}"}}}}`,
      'extensions:',
      `  oauth2client: {client_id: a, client_secret: ${secret}, token_url: "${url('/token')}", tls: {insecure: true}}`,
      'exporters:',
      `  otlp_http/url: ${exporter(`traces_endpoint: "${url('/traces')}"`)}`,
      `  otlp_http/proxy: ${exporter(`proxy_url: "http://me:${secret}@127.0.0.1:${closed}"`)}`,
      `  otlp_http/token: ${exporter('auth: {authenticator: oauth2client}')}`,
      'service:',
      '  extensions: [oauth2client]',
      '  telemetry:',
      '    metrics: {level: none}',
      '    logs:',
      '      processors:',
      `        - batch: {exporter: {otlp: {protocol: http/protobuf, endpoint: "${url('/logs')}"}}}`,
      '    traces:',
      '      processors:',
      `        - batch: {exporter: {otlp: {protocol: http/protobuf, endpoint: "${url('/traces')}"}}}`,
      '  pipelines:',
      ...['url', 'proxy', 'token'].map(
        (name) => `    traces/${name}: {receivers: [otlp], exporters: [otlp_http/${name}]}`,
      ),
    ].join('\n'),
  );
  await fetch(`http://127.0.0.1:${port}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-protobuf' },
    body,
  });
  for (const name of ['url', 'proxy', 'token'])
    await until(`the failure of ${name}`, () => program.output().includes(`otlp_http/${name}`));
  await until('the failure to get a token', () => program.output().includes('failed to get security token'));
  await program.stop();
  expect(program.output()).toContain(`http://***@127.0.0.1:${closed}/traces?token=***`);
  expect(program.output()).not.toMatch(shown);
});

test.each([
  ['a proxy that is no URL', `proxy_url: "me ${secret}"`, 'invalid proxy_url'],
  ['a proxy from a variable', 'proxy_url: "${env:MY_VALUE} "', 'invalid proxy_url'],
  ['a file of a certificate from a variable', 'tls: {ca_file: "/${env:MY_VALUE}"}', 'failed to load TLS config'],
  ['an authenticator', 'auth: {authenticator: "${env:MY_VALUE}"}', 'MY_VALUE'],
])('%s shows no secret when it does not start', async (_what, option, says) => {
  const components = `receivers: {nop: }, exporters: {otlp_http: {endpoint: "http://a:1", ${option}}}`;
  const service =
    '{telemetry: {metrics: {level: none}}, pipelines: {traces: {receivers: [nop], exporters: [otlp_http]}}}';
  const whole = `yaml:{${components}, service: ${service}}`;
  process.env['MY_VALUE'] = secret;
  const { code, stdout, stderr } = await runCommand(['--config', whole]);
  expect(code).toBe(1);
  expect(stdout + stderr).toContain(says);
  expect(stdout + stderr).not.toMatch(shown);
});
