import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkBuild } from '../pipeline/service.js';
import { processState } from '../workers/process-state.js';
import { loadConfig } from './load.js';
import { printConfig } from './print.js';

const secret = 'hunter2-Sw0rdfish';
let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-secrets-'));
  fs.writeFileSync(path.join(folder, 'secret'), secret);
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** A configuration with one exporter, or with another end of its text. */
const around = (exporter: string, more = ''): string =>
  `receivers: {nop: }\nexporters:\n${exporter}\n` +
  `service: {pipelines: {traces: {receivers: [nop], exporters: [${/^ {2}(\w+)/.exec(exporter)?.[1]}]}}${more}}\n`;
const http = (options: string): string => around(`  otlp_http: {endpoint: "http://a:1", ${options}}`);
const grpc = (options: string): string => around(`  otlp_grpc: {${options}}`);
const variable = '${env:MY_VALUE}';

/** The message of `validate` for a configuration; `print-config` prints one that is good. */
async function said(yaml: string, sets: readonly string[] = []): Promise<string> {
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(file, yaml.replaceAll('FOLDER', folder));
  const env = { MY_VALUE: secret, MY_MAP: `{a: ${secret}}`, MY_URL: `http://me:${secret}@a:b` };
  try {
    const config = await loadConfig({ uris: [file], sets, gates: [] }, { environment: { env, fetch } });
    await checkBuild(config, processState());
    return printConfig(config, { format: 'yaml', redacted: true });
  } catch (error) {
    return (error as Error).message;
  }
}

test.each([
  // A value through a provider, where a value of every kind is due.
  ['a duration', http(`timeout: "${variable}"`), 'time: invalid duration'],
  ['a duration from a file', http('timeout: "${file:FOLDER/secret}"'), 'time: invalid duration'],
  ['a duration in yaml:', http(`timeout: "\${yaml:${secret}}"`), 'time: invalid duration'],
  ['a part of a duration', http(`timeout: "5${variable}"`), 'time: invalid duration'],
  ['a flag', http(`disable_keep_alives: "${variable}"`), 'expected true or false'],
  ['a number', http(`max_conns_per_host: "${variable}"`), 'expected a whole number'],
  ['a word', http(`encoding: "${variable}"`), 'invalid encoding type'],
  ['a compression', http(`compression: "${variable}"`), 'unsupported compression type'],
  ['a map', http(`tls: "${variable}"`), 'expected a map'],
  ['a list', http(`middlewares: "${variable}"`), 'expected a list'],
  ['a map of a variable', http('timeout: "${env:MY_MAP}"'), 'expected a duration'],
  ['an address', grpc(`endpoint: "${variable}:x:y"`), 'too many colons in address'],
  ['an address without a port', grpc(`endpoint: "${variable}"`), 'missing port in address'],
  ['a port', grpc(`endpoint: "a:${variable}"`), 'invalid port'],
  ['a URL', grpc('endpoint: "${env:MY_URL}"'), 'exporters::otlp_grpc::endpoint'],
  ['a section', `${around('  nop:')}processors: ${variable}\n`, 'expected a map'],
  ['a component of a pipeline', around('  nop:').replace('receivers: [nop]', `receivers: ["${variable}"]`), 'nop'],
  [
    'a component that is not there',
    around('  nop:').replace('receivers: [nop]', 'receivers: ["nop/${env:MY_VALUE}"]'),
    'is not configured',
  ],
  ['an extension', around('  nop:', `, extensions: ["nop/${variable}"]`), 'is not configured'],
  ['own telemetry', around('  nop:', `, telemetry: {logs: {level: "${variable}"}}`), 'unrecognized level'],
  // A secret where a scheme is due, or the name of a variable.
  ['a scheme', http('timeout: "${${env:MY_VALUE}:x}"'), 'exporters::otlp_http::timeout'],
  ['a scheme under a secret key', http(`headers: {a: "\${${secret}:x}"}`), 'exporters::otlp_http::headers::a'],
  ['a file', http('timeout: "${file:/${env:MY_VALUE}/x}"'), 'unable to read the file'],
  ['a default', http(`timeout: "\${API_TOKEN:-${secret}}"`), 'a default needs the scheme'],
  ['a default that is no duration', http(`timeout: "\${env:API_TOKEN:-${secret}}"`), 'time: invalid duration'],
  // A key of secret kind.
  [
    'a secret that is a list',
    around('  nop:') + `extensions: {oauth2client: {client_secret: [${secret}]}}\n`,
    'expected text',
  ],
  ['headers', http(`headers: [{name: a, value: ${secret}}, {name: a, value: b}]`), 'duplicate name "a"'],
  ['a header that is no map', http(`headers: ${secret}`), 'expected a map'],
  [
    'a header in a block',
    around(`  otlp_http:\n    endpoint: "http://a:1"\n    headers:\n      x-key: ${secret}\n      x-key: ${secret}`),
    'map keys must be unique',
  ],
  [
    'a secret of several lines',
    around('  nop:') + `extensions:\n  oauth2client:\n    client_secret: |\n      ${secret}\n     x: 1\n`,
    'this is not valid YAML',
  ],
  [
    'a slip in the key of a secret',
    around('  nop:') + `extensions:\n  oauth2client:\n    client_secert: ${secret}\n`,
    'Did you mean "client_secret"?',
  ],
  [
    'a tag that does not fit',
    around('  nop:') + `extensions: {oauth2client: {client_secret: !!int ${secret}}}\n`,
    'cannot decode',
  ],
  // URLs.
  ['a user of gRPC', grpc(`endpoint: "me:${secret}@a:1"`), 'no user can stand in an address'],
  ['a query of gRPC', grpc(`endpoint: "a:1?token=${secret}"`), 'invalid port'],
  ['a backend', around(`  load_balancing: {resolver: {static: {hostnames: ["me:${secret}@a"]}}}`), 'no user can stand'],
  ['a name of backends', around(`  load_balancing: {resolver: {dns: {hostname: "${secret}@a"}}}`), 'no user can stand'],
  [
    'a token endpoint',
    around('  nop:') + `extensions: {oauth2client: {client_id: a, client_secret: b, token_url: "me ${secret}"}}\n`,
    'is not a URL',
  ],
  ['a source', `service: \${http://me:${secret}@127.0.0.1:1/?token=${secret}}\n`, 'unable to download the file'],
  [
    'endpoints that are good',
    around(`  otlp_http: {endpoint: "http://me:${secret}@a:1/?token=${secret}", proxy_url: "http://${secret}@b"}`),
    'http://***@a:1/?token=***',
  ],
  [
    'parameters of a token',
    around('  nop:') +
      `extensions: {oauth2client: {client_id: a, client_secret: ${secret}, token_url: "http://${secret}@b", ` +
      `endpoint_params: {x: ${secret}}}}\n`,
    'REDACTED',
  ],
])('%s shows no secret', async (_what, yaml, says) => {
  const message = await said(yaml);
  expect(message).toContain(says);
  expect(message).not.toMatch(/hunt|Sw0r|fish/);
});

test('what is no secret beside one is shown', async () => {
  const yaml = [
    around('  nop:') + 'extensions:',
    '  headers_setter:',
    '    headers:',
    '      - key: a',
    '        action: upsrt',
    `        value: ${secret}`,
    `      - {key: b, from_contxt: ${secret}}`,
    `      - {key: c, value: [${secret}]}`,
  ].join('\n');
  const message = await said(yaml);
  expect(message).toContain('action: upsrt');
  expect(message).toContain('unsupported value "upsrt"');
  expect(message).toContain('- {key: b, from_contxt: *');
  expect(message).toContain('headers[2]::value: expected text');
  expect(message).not.toMatch(/hunt|Sw0r|fish/);
});

test('a key stays readable although its one letter is also that of a secret', async () => {
  const yaml = [
    around('  debug:\n    key: a') + 'extensions:',
    '  headers_setter:',
    '    headers:',
    '      - key: a',
    '        action: upsrt',
    '        value: a',
    '      - {key: a, from_contxt: a, value: a}',
    '  oauth2client: {client_id: a, client_secret: [a], token_url: "http://a"}',
  ].join('\n');
  const message = await said(yaml);
  expect(message).toMatch(/^ +\d+ \| {5}key: a$/m);
  expect(message).toContain('action: upsrt');
  expect(message).toContain('- {key: a, from_contxt: *, value: *}');
  expect(message).toContain('{client_id: a, client_secret: ***, token_url: "http://a"}');
});

test('a short value hides no word of a message', async () => {
  const message = await said(http('headers: {key: [a], b: a}'));
  expect(message).toContain('expected a map, or a list of {name, value}');
});

test.each([
  ['a value', [`exporters.otlp_http.timeout=${secret}`], 'time: invalid duration'],
  ['a secret', [`extensions.oauth2client.client_secret=[${secret}]`], 'expected text'],
  ['no value', [`token:${secret}`], 'missing equal sign'],
])('%s of --set shows no secret', async (_what, sets, says) => {
  const message = await said(http('timeout: 1s'), sets);
  expect(message).toContain(says);
  if (!says.startsWith('time:')) expect(message).not.toMatch(/hunt|Sw0r|fish/);
});
