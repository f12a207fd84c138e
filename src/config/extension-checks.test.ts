import { expect, test } from 'vitest';
import { definition as otlpHttp } from '../exporters/otlp_http/index.js';
import { definition as basicauth } from '../extensions/basicauth/index.js';
import { definition as bearertokenauth } from '../extensions/bearertokenauth/index.js';
import { definition as memoryLimiter } from '../extensions/memory_limiter/index.js';
import { definition as zpages } from '../extensions/zpages/index.js';
import { definition as otlp } from '../receivers/otlp/index.js';
import type { Components } from './components.js';
import { loadConfig } from './load.js';

const components: Components = {
  receivers: new Map([['otlp', otlp]]),
  processors: new Map(),
  exporters: new Map([['otlp_http', otlpHttp]]),
  connectors: new Map(),
  extensions: new Map([basicauth, bearertokenauth, memoryLimiter, zpages].map((each) => [each.type, each])),
};

/**
 * Loads the parts of a configuration as one YAML text. Resolves with '' when it is good, and with what is said of it
 * when it is not.
 */
async function said(parts: {
  receiver?: string;
  exporter?: string;
  extensions?: string;
  listed?: string;
}): Promise<string> {
  const yaml = [
    'receivers:',
    `  otlp: {protocols: {http: {${parts.receiver ?? ''}}}}`,
    'exporters:',
    `  otlp_http: {endpoint: "http://b:1"${parts.exporter ?? ''}}`,
    `extensions: {${parts.extensions ?? ''}}`,
    'service:',
    `  extensions: [${parts.listed ?? ''}]`,
    '  pipelines: {traces: {receivers: [otlp], exporters: [otlp_http]}}',
  ].join('\n');
  return loadConfig({ uris: [`yaml:${yaml}`], sets: [], gates: [] }, { components }).then(
    () => '',
    (error: Error) => error.message,
  );
}

const server = 'basicauth: {htpasswd: {inline: "a:b"}}';
const client = 'basicauth/c: {client_auth: {username: a, password: b}}';
const limiter = 'memory_limiter: {check_interval: 1s, limit_mib: 1}';

test.each<[string, Parameters<typeof said>[0]]>([
  [
    'an authenticator of a server',
    { receiver: 'auth: {authenticator: basicauth}', extensions: server, listed: 'basicauth' },
  ],
  [
    'an authenticator of a client',
    { exporter: ', auth: {authenticator: basicauth/c}', extensions: client, listed: 'basicauth/c' },
  ],
  ['a middleware', { receiver: 'middlewares: [{id: memory_limiter}]', extensions: limiter, listed: 'memory_limiter' }],
  ['what an extension that does not run names', { extensions: `zpages: {auth: {authenticator: nobody}}` }],
])('%s is good', async (_name, parts) => {
  expect(await said(parts)).toBe('');
});

test.each<[string, Parameters<typeof said>[0], string[]]>([
  [
    'a slip of a name, where another one can',
    {
      receiver: 'auth: {authenticator: basicaut}',
      extensions: `${server}, ${limiter}`,
      listed: 'basicauth, memory_limiter',
    },
    [
      '2:51: receivers::otlp::protocols::http::auth::authenticator: failed to resolve authenticator "basicaut": ' +
        'authenticator not found',
      'Did you mean "basicauth"?',
    ],
  ],
  [
    'one that runs and cannot',
    {
      receiver: 'auth: {authenticator: memory_limiter}',
      extensions: `${server}, ${limiter}`,
      listed: 'basicauth, memory_limiter',
    },
    [
      'requested authenticator is not a server authenticator',
      'Extensions of this configuration that can be named here: basicauth.',
    ],
  ],
  [
    'one that its own configuration makes something else',
    { receiver: 'auth: {authenticator: basicauth/c}', extensions: client, listed: 'basicauth/c' },
    [
      'failed to resolve authenticator "basicauth/c": requested authenticator is not a server authenticator',
      'types that can be the authenticator: basicauth, bearertokenauth.',
    ],
  ],
  [
    'one that is configured and not listed',
    { exporter: ', auth: {authenticator: basicauth/c}', extensions: client },
    [
      'exporters::otlp_http::auth::authenticator: failed to resolve authenticator "basicauth/c": authenticator not ' +
        'found',
      'add "basicauth/c" to `service::extensions`.',
    ],
  ],
  [
    'an item of a list',
    { receiver: 'middlewares: [{id: nobody}]' },
    [
      'receivers::otlp::protocols::http::middlewares[0]::id: failed to resolve middleware "nobody": middleware not ' +
        'found',
    ],
  ],
  [
    'where no extension can be named',
    { exporter: ', middlewares: [{id: memory_limiter}]', extensions: limiter, listed: 'memory_limiter' },
    ['requested extension is not a client middleware', 'No extension can be named here: remove it.'],
  ],
  [
    'an extension that runs and names another',
    { extensions: 'zpages: {auth: {authenticator: nobody}}', listed: 'zpages' },
    ['extensions::zpages::auth::authenticator: failed to resolve authenticator "nobody"'],
  ],
])('%s is a fault with its place', async (_name, parts, words) => {
  const message = await said(parts);
  for (const each of words) expect(message).toContain(each);
  expect(message).toContain('the configuration has a fault');
});

test('an extension with a fault of its own is not found at fault twice', async () => {
  const message = await said({
    receiver: 'auth: {authenticator: basicauth}',
    extensions: 'basicauth: {htpasswd: {inlin: "a:b"}}',
    listed: 'basicauth',
  });
  expect(message).toContain('unknown key "inlin"');
  expect(message).not.toContain('failed to resolve');
});
