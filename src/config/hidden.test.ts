import { expect, test } from 'vitest';
import { withoutSecrets } from './hidden.js';

test.each([
  ['  token: abc', '', '  token: ***'],
  ['  bearertokenauth: {token: inline-s3cret, tokken: x}', '', '  bearertokenauth: {token: *************, tokken: *}'],
  ['    password: "a \\" b" # why', '', '    password: ******** # why'],
  ["    client_secret: 'it''s'", '', '    client_secret: *******'],
  ['    api_key: x, y', '', '    api_key: ****'],
  ['  a: {tokens: [one, two], x: 1}', '', '  a: {tokens: **********, x: 1}'],
  ['  a: {token: ${env:TOKEN}, x: 1}', '', '  a: {token: ${env:TOKEN}, x: 1}'],
  ['    - one', 'extensions::bearertokenauth::tokens[0]', '    - ***'],
  ['    - otlp', 'service::pipelines::traces::receivers[0]', '    - otlp'],
  ['    password_file: /etc/p', '', '    password_file: /etc/p'],
  ['    routing_key: service', '', '    routing_key: service'],
  ['    token: ${env:TOKEN}', '', '    token: ${env:TOKEN}'],
  ['    token: ${env:TOKEN:-fallback}', '', '    token: **********************'],
  ['    proxy_url: http://me:pw@host:1/', '', '    proxy_url: http://*****@host:1/'],
  ['      X-Org: seven', 'exporters::otlp_http::headers::X-Org', '      X-Org: *****'],
  ['      X-Org: seven', 'exporters::otlp_http::endpoint', '      X-Org: seven'],
  ['    endpoint: localhost:4317', '', '    endpoint: localhost:4317'],
])('%s below %j is shown as %s', (line, path, shown) => {
  expect(withoutSecrets(line, path)).toBe(shown);
  expect(withoutSecrets(line, path)).toHaveLength(line.length);
});
