import { expect, it } from 'vitest';
import { valueOfCall } from '../../../../test/support/ottl-log.js';

it.each([
  ['ToSnakeCase', 'HTTPRequestID', 'http_request_id'],
  ['ToSnakeCase', 'fooBar', 'foo_bar'],
  ['ToSnakeCase', 'foo bar-baz.qux', 'foo_bar_baz_qux'],
  ['ToCamelCase', 'foo_bar-baz qux', 'FooBarBazQux'],
  ['ToCamelCase', 'FOO_BAR', 'FooBar'],
  ['ToCamelCase', 'a.b c', 'ABC'],
  ['ToLowerCase', 'ÀBC xY', 'àbc xy'],
  ['ToUpperCase', 'straße é', 'STRAßE É'],
  ['ToUpperCase', 'ŉa', 'ŉA'],
  ['ToLowerCase', 'ΣΑΣ', 'σας'.replace('ς', 'σ')],
])('%s(%j) is %j', (name, text, expected) => {
  expect(valueOfCall(`${name}(log.attributes["t"])`, { attributes: { t: text } })).toBe(expected);
});
