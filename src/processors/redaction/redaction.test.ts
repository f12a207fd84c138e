import { createHash, createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { attributesOf, recordOf, redacted, spanOf, type Json } from '../../../test/support/redacted.js';
import { definition } from './index.js';

const card = '4111111111111111';
const cards = { blocked_values: ['4[0-9]{12}(?:[0-9]{3})?'] };

test('keys that are not allowed go, everywhere', async () => {
  const attributes = await spanOf({ allowed_keys: ['id', 'name'] }, { id: 5, name: 'a', secret: 'x', n: card });
  const rest = { id: 5, name: 'a' };
  expect(attributes).toMatchObject({ attributes: rest, events: rest, resource: rest, scope: rest });
  expect((await spanOf({}, { id: 5 })).attributes).toEqual({});
});

test('values are masked where patterns match, and keys as a whole, with a summary', async () => {
  const config = {
    ...{ allowed_keys: ['id', 'name', 'token', 'mail', 'safe'], ignored_keys: ['kept'], summary: 'debug' },
    ...{ ignored_key_patterns: ['^trace[.]'], allowed_values: ['@example[.]com$'], blocked_key_patterns: ['token'] },
    blocked_values: [...cards.blocked_values, '@'],
  };
  const { attributes } = await spanOf(config, {
    ...{ id: 7, name: `card ${card}!`, token: 'a\nb', mail: 'x@example.com', safe: 'yes' },
    ...{ kept: card, 'trace.x': card, gone: 'x', away: 'y' },
  });
  expect(attributes).toEqual({
    ...{ id: 7, name: 'card ****!', token: '****\n****', mail: 'x@example.com', safe: 'yes' },
    ...{ kept: card, 'trace.x': card },
    ...{ 'redaction.redacted.keys': 'away,gone', 'redaction.redacted.count': 2 },
    ...{ 'redaction.masked.keys': 'name,token', 'redaction.masked.count': 2 },
    ...{ 'redaction.allowed.keys': 'mail', 'redaction.allowed.count': 1, 'redaction.ignored.count': 2 },
  });
});

test('a second redaction adds to the summary of the first', async () => {
  const before = { 'redaction.masked.keys': 'b', 'redaction.masked.count': 2, a: card };
  const { attributes } = await spanOf({ allowed_keys: ['a'], ...cards, summary: 'debug' }, before);
  expect(attributes).toEqual({ a: '****', 'redaction.masked.keys': 'a,b', 'redaction.masked.count': 3 });
});

test.each([
  ['md5', createHash('md5')],
  ['sha1', createHash('sha1')],
  ['SHA3', createHash('sha3-256')],
  ['hmac-sha256', createHmac('sha256', 'k'.repeat(64))],
  ['hmac-sha512', createHmac('sha512', 'k'.repeat(64))],
])('%s stands in place of the mask', async (name, hash) => {
  const config = { allow_all_keys: true, ...cards, hash_function: name, hmac_key: 'k'.repeat(64) };
  const { attributes } = await spanOf(config, { a: `x ${card}` });
  expect(attributes).toEqual({ a: `x ${hash.update(card).digest('hex')}` });
});

test('values that are no text are looked at when that is asked for, and masked with their key', async () => {
  const given = { a: Number('4111111111111'), list: [card], token: 5, flag: true };
  const config = { allow_all_keys: true, ...cards, blocked_key_patterns: ['token'] };
  expect((await spanOf(config, given)).attributes).toEqual({ ...given, token: '****' });
  expect((await spanOf({ ...config, redact_all_types: true }, given)).attributes).toEqual({
    ...{ a: '****', list: '["****"]', token: '****', flag: true },
  });
});

test('bodies are masked, and keys of maps in them removed, at all levels', async () => {
  const config = { ...cards, allow_all_keys: true, blocked_key_patterns: ['token'], summary: 'debug' };
  expect(await recordOf(config, `card ${card}`)).toEqual({
    body: 'card ****',
    attributes: { 'redaction.body.masked.keys': 'body', 'redaction.body.masked.count': 1 },
  });
  expect(await recordOf(config, { user: { token: 't', cards: [1, card, { n: card }] }, x: true })).toEqual({
    body: { user: { token: '****', cards: [1, '****', { n: '****' }] }, x: true },
    attributes: {
      'redaction.body.masked.keys': 'user.cards.[1],user.cards.[2].n,user.token',
      'redaction.body.masked.count': 3,
    },
  });
  const allowing = { allowed_keys: ['a', 'b'], ignored_keys: ['kept'], summary: 'info' };
  expect(await recordOf(allowing, { a: { b: 1, c: 2 }, d: 3, kept: { e: [4] } })).toEqual({
    body: { a: { b: 1 }, kept: { e: [4] } },
    attributes: { 'redaction.body.redacted.count': 2, 'redaction.body.ignored.count': 1 },
  });
});

test('what lies very deep in a body is masked', async () => {
  let body: Json = card;
  for (let i = 0; i < 90; i++) body = [body];
  const { body: result } = await recordOf({ allow_all_keys: true, ...cards }, body);
  expect(JSON.stringify(result)).toBe(`${'['.repeat(64)}"****"${']'.repeat(64)}`);
});

test.each(['gauge', 'sum', 'histogram', 'exponentialHistogram', 'summary'])('data points of a %s', async (type) => {
  const dataPoints = [{ attributes: attributesOf({ a: card }) }, { attributes: attributesOf({ b: 'x' }) }];
  const text = await redacted(
    'metrics',
    { allow_all_keys: true, ...cards },
    { resourceMetrics: [{ scopeMetrics: [{ metrics: [{ name: 'm', [type]: { dataPoints } }] }] }] },
  );
  expect(text).toContain('****');
  expect(text).not.toContain(card);
  expect(text).toContain('"b"');
});

test('a secret that stands twice goes whole, and a batch without any goes on as it came', async () => {
  const twice = [...(attributesOf({ s: 'ok' }) as Json[]), ...(attributesOf({ s: card }) as Json[])];
  const json = (attributes: Json): Json => ({ resourceSpans: [{ scopeSpans: [{ spans: [{ attributes }] }] }] });
  const masked = await redacted('traces', { allow_all_keys: true, ...cards }, json(twice));
  expect(masked).not.toContain(card);
  const removed = await redacted('traces', { allowed_keys: ['a'] }, json(twice));
  expect(removed).not.toContain('"s"');
});

test('a text with very many matches is masked as one', async () => {
  const { attributes } = await spanOf(
    { allow_all_keys: true, blocked_values: ['a'] },
    { long: 'a'.repeat(5000), b: 'aa' },
  );
  expect(attributes).toEqual({ long: '****', b: '********' });
});

test('masks that would make a batch far too large refuse it', async () => {
  const attributes = Array.from({ length: 150 }, (_, i) => ({
    key: `k${i}`,
    value: { stringValue: 'a'.repeat(4000) },
  }));
  const config = {
    allow_all_keys: true,
    blocked_values: ['a'],
    hash_function: 'hmac-sha512',
    hmac_key: 'k'.repeat(64),
  };
  await expect(
    redacted('traces', config, { resourceSpans: [{ scopeSpans: [{ spans: [{ attributes }] }] }] }),
  ).rejects.toThrow('too large');
});

test.each([
  [{ blocked_values: ['('] }, ['blocked_values', 0]],
  [{ hash_function: 'crc' }, ['hash_function']],
  [{ hash_function: 'hmac-sha256', hmac_key: 'short' }, ['hmac_key']],
  [{ summary: 'all' }, ['summary']],
])('%j is refused at its place', (config, path) => {
  const { error } = definition.config.safeParse(config);
  expect(error?.issues.map(({ path: where }) => where)).toContainEqual(path);
});
