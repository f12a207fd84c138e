import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkBuild } from '../pipeline/service.js';
import { processState } from '../workers/process-state.js';
import { loadConfig } from './load.js';

let folder = '';
beforeAll(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'kanmon-headers-'));
});
afterAll(() => fs.rmSync(folder, { recursive: true }));

/** The options of each component, in YAML; the others are as small as they can be. */
function configured(parts: Record<string, string>): string {
  const { receiver = '', http = '', grpc = '', extensions = '', telemetry = '' } = parts;
  return [
    'receivers:',
    `  otlp: {protocols: {http: {${receiver}}}}`,
    'exporters:',
    `  otlp_http: {endpoint: "http://a:1", ${http}}`,
    `  otlp_grpc: {endpoint: "a:1", ${grpc}}`,
    `extensions: {${extensions}}`,
    'service:',
    '  pipelines: {traces: {receivers: [otlp], exporters: [otlp_http, otlp_grpc]}}',
    `  telemetry: {${telemetry}}`,
  ].join('\n');
}

/** The message of `validate`; undefined: the configuration is good. */
async function said(parts: Record<string, string>): Promise<string | undefined> {
  const file = path.join(folder, 'config.yaml');
  fs.writeFileSync(file, configured(parts));
  try {
    const config = await loadConfig({ uris: [file], sets: [], gates: [] }, { environment: { env: {}, fetch } });
    await checkBuild(config, processState());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

type Options = Record<string, (text: string) => Record<string, string>>;

const traces = (protocol: string, headers: string): Record<string, string> => ({
  telemetry:
    `traces: {processors: [{batch: {exporter: {otlp: ` +
    `{protocol: ${protocol}, endpoint: "http://a:1", ${headers}}}}}]}`,
});
const metrics = (protocol: string, headers: string): Record<string, string> => ({
  telemetry:
    `metrics: {readers: [{periodic: {exporter: {otlp: ` +
    `{protocol: ${protocol}, endpoint: "http://a:1", ${headers}}}}}]}`,
});

const httpValues: Options = {
  'response_headers::x': (text) => ({ receiver: `response_headers: {x: ${text}}` }),
  'response_headers[0]::value': (text) => ({ receiver: `response_headers: [{name: x, value: ${text}}]` }),
  'cors::allowed_headers[0]': (text) => ({ receiver: `cors: {allowed_origins: ["*"], allowed_headers: [${text}]}` }),
  'cors::exposed_headers[0]': (text) => ({ receiver: `cors: {allowed_origins: ["*"], exposed_headers: [${text}]}` }),
  'otlp_http::headers::x': (text) => ({ http: `headers: {x: ${text}}` }),
  'otlp_http::headers[0]::value': (text) => ({ http: `headers: [{name: x, value: ${text}}]` }),
  'headers_setter::headers[0]::value': (text) => ({
    extensions: `headers_setter: {headers: [{key: x, value: ${text}}]}`,
  }),
  'headers_setter::headers[0]::default_value': (text) => ({
    extensions: `headers_setter: {headers: [{key: x, from_context: y, default_value: ${text}}]}`,
  }),
  'bearertokenauth::token': (text) => ({ extensions: `bearertokenauth: {token: ${text}}` }),
  'bearertokenauth::tokens[1]': (text) => ({ extensions: `bearertokenauth: {tokens: [a, ${text}]}` }),
  'bearertokenauth::scheme': (text) => ({ extensions: `bearertokenauth: {token: a, scheme: ${text}}` }),
  'otlp::headers::x': (text) => traces('http/protobuf', `headers: {x: ${text}}`),
};
const grpcValues: Options = {
  'otlp_grpc::headers::x': (text) => ({ grpc: `headers: {x: ${text}}` }),
  'otlp_grpc::headers[0]::value': (text) => ({ grpc: `headers: [{name: x, value: ${text}}]` }),
  'otlp_grpc::user_agent': (text) => ({ grpc: `user_agent: ${text}` }),
  'otlp_grpc::authority': (text) => ({ grpc: `authority: ${text}` }),
  'otlp::headers': (text) => traces('grpc', `headers: {x: ${text}}`),
  'exporter::otlp::headers': (text) => metrics('grpc', `headers: {x: ${text}}`),
};
const names: Options = {
  'response_headers::': (text) => ({ receiver: `response_headers: {${text}: y}` }),
  'response_headers[0]::name': (text) => ({ receiver: `response_headers: [{name: ${text}, value: y}]` }),
  'otlp_http::headers::': (text) => ({ http: `headers: {${text}: y}` }),
  'otlp_http::headers[0]::name': (text) => ({ http: `headers: [{name: ${text}, value: y}]` }),
  'otlp_grpc::headers::': (text) => ({ grpc: `headers: {${text}: y}` }),
  'otlp_grpc::headers[0]::name': (text) => ({ grpc: `headers: [{name: ${text}, value: y}]` }),
  'headers_setter::headers[0]::key': (text) => ({
    extensions: `headers_setter: {headers: [{key: ${text}, value: y}]}`,
  }),
  'bearertokenauth::header': (text) => ({ extensions: `bearertokenauth: {token: a, header: ${text}}` }),
  'otlp::headers::': (text) => traces('grpc', `headers: {${text}: y}`),
};
const list: Options = { 'otlp::headers_list': (text) => traces('http/protobuf', `headers_list: ${text}`) };

const badValues = ['"hun\\r\\nx: ter"', '"hunter\\n"', '"\\0hunter"', '"hunter\\x7f"', '"hunter\\u65e5"'];
const table: [Options, bad: string[], good: string[]][] = [
  [httpValues, badValues, ['"a b\\tc"', '"\\xfc"']],
  [grpcValues, [...badValues, '"hunter\\xfc"', '"hunter\\tx"'], ['"a b"', '"~{}!"']],
  [names, ['"x y"', '"x\\r\\ny"', '"x\\0"', '"\\xfc"', '"x(y"'], ['"X-Upper"', 'a_b.c-d']],
  [list, ['"x=hun%0d%0ater"', '"x y=hunter"', '"x=hunter%"', '"x=hunter%E6%97%A5"'], ['"x=a%20b,y=c"']],
];
const rows = table.flatMap(([options, bad, good]) =>
  Object.entries(options).map(([key, option]) => ({ key, option, bad, good })),
);

describe.each(rows)('$key', ({ key, option, bad, good }) => {
  test.each(bad)('%s is named with its place and advice, and is not shown where it is secret', async (text) => {
    const message = await said(option(text));
    expect(message).toContain(key);
    expect(message).toMatch(/config\.yaml:\d+:\d+: /);
    expect(message).toMatch(/\n {2}(?:Remove|Use only|Write) /);
    expect(message).toMatch(/^the configuration has a fault$/m);
    if (!/user_agent|authority|cors|scheme/.test(key)) expect(message).not.toMatch(/hun|ter"|ter\*/);
  });
  test.each(good)('%s is good', async (text) => expect(await said(option(text))).toBeUndefined());
});

test('what gRPC encodes or leaves out may have any value', async () => {
  const grpc = 'headers: {x-bin: "a\\r\\n\\u65e5", ":path": "\\u65e5"}';
  expect(await said({ grpc, extensions: 'headers_setter: {headers: [{key: x-bin, value: "\\0"}]}' })).toBeUndefined();
});
