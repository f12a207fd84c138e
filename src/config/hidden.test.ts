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
  ['    keys: [a, b]', 'processors::group_by_attrs::keys[0]', '    keys: [a, b]'],
  ['    password_file: /etc/p', '', '    password_file: /etc/p'],
  ['      - key: a', '', '      - key: a'],
  ['    allow_all_keys: tru', '', '    allow_all_keys: tru'],
  ['    blocked_key_patterns: [token, "("]', '', '    blocked_key_patterns: [token, "("]'],
  ['    {tag_name: a, key_regex: (.*), from: pod}', '', '    {tag_name: a, key_regex: (.*), from: pod}'],
  ['    passthrough: yes', '', '    passthrough: yes'],
  ['    hmac_key: abc', '', '    hmac_key: ***'],
  ['    routing_key: service', '', '    routing_key: service'],
  ['    token: ${env:TOKEN}', '', '    token: ${env:TOKEN}'],
  ['    token: ${env:TOKEN:-fallback}', '', '    token: **********************'],
  ['    proxy_url: http://me:pw@host:1/', '', '    proxy_url: http://*****@host:1/'],
  ['      X-Org: seven', 'exporters::otlp_http::headers::X-Org', '      X-Org: *****'],
  ['      X-Org: seven', 'exporters::otlp_http::endpoint', '      X-Org: seven'],
  [
    '  - {key: a, action: upsrt, value: b}',
    'extensions::headers_setter::headers[0]',
    '  - {key: a, action: upsrt, value: *}',
  ],
  [
    'h: {headers: [{name: a b, value: c}]}',
    'receivers::otlp::headers[0]::name',
    'h: {headers: [{name: a b, value: *}]}',
  ],
  ['      key: abc', 'exporters::otlp_http::headers::key', '      key: ***'],
  ['a: {headers: {x: abc, y: "${env:Y}"}, b: 1}', 'exporters::a::b', 'a: {headers: ***********************, b: 1}'],
  ['a: {headers: [{name: x, value: y}], b: 1}', 'exporters::a::b', 'a: {headers: *********************, b: 1}'],
  ['    endpoint: localhost:4317', '', '    endpoint: localhost:4317'],
])('%s below %j is shown as %s', (line, path, shown) => {
  expect(withoutSecrets(line, path)).toBe(shown);
  expect(withoutSecrets(line, path)).toHaveLength(line.length);
});
