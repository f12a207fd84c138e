import { expect, test } from 'vitest';
import { recordOf, spanOf } from '../../../test/support/redacted.js';

const [internal, server, client, producer] = [1, 2, 3, 4];
const urls = { allow_all_keys: true, url_sanitizer: { enabled: true, attributes: ['http.url', 'n'] } };
const statement = { enabled: true, attributes: ['db.statement'] };
const databases = {
  allow_all_keys: true,
  db_sanitizer: {
    ...{ sql: statement, redis: statement, valkey: statement, memcached: statement, mongo: statement },
    ...{ opensearch: statement, es: statement },
  },
};
const none = { allow_all_keys: true };

test('URLs lose their IDs in the attributes that are listed, also behind a mask', async () => {
  const config = { ...urls, blocked_values: ['secret'], summary: 'debug' };
  const { attributes } = await spanOf(config, {
    ...{ 'http.url': '/users/17/secret?token=x', url: '/users/17', n: 17 },
  });
  expect(attributes).toEqual({
    ...{ 'http.url': '/users/*/*', url: '/users/17', n: 17 },
    ...{ 'redaction.masked.keys': 'http.url', 'redaction.masked.count': 1 },
  });
  const ofAllTypes = await spanOf({ ...urls, redact_all_types: true }, { n: 17 });
  expect(ofAllTypes.attributes).toEqual({ n: '*' });
});

test.each([
  ['mysql', 'SELECT "a" FROM t1', 'SELECT ? FROM t?'],
  ['PostgreSQL', 'SELECT "a" FROM t1', 'SELECT "a" FROM t?'],
  ['redis', 'SET user:1 john', 'SET user:1 ?'],
  ['valkey', 'SET user:1 john', 'SET user:1 ?'],
  ['memcached', 'set k 0 1 2\r\nsecret', 'set k 0 1 2'],
  ['mongodb', '{"find": "users"}', '{"find":"?"}'],
  ['opensearch', '{"a": 1}', '{"a":"?"}'],
  ['elasticsearch', '{"a": 1}', '{"a":"?"}'],
  ['cassandra', "SELECT 'x'", "SELECT 'x'"],
])('a query of %s is sanitized as one, under either name of the system', async (system, given, expected) => {
  for (const name of ['db.system', 'db.system.name']) {
    const { attributes } = await spanOf(databases, { [name]: system, 'db.statement': given, other: given });
    expect(attributes).toEqual({ [name]: system, 'db.statement': expected, other: given });
  }
});

test('without a system queries stay, unless each database may have its turn', async () => {
  const given = { 'db.statement': 'SET user:123 john', 'db.system': 5 };
  expect((await spanOf(databases, given)).attributes).toEqual(given);
  const db_sanitizer = { sql: statement, redis: statement, allow_fallback_without_system: true };
  const { attributes } = await spanOf({ ...none, db_sanitizer }, given);
  expect(attributes).toEqual({ 'db.statement': 'SET user:? ?', 'db.system': 5 });
});

test('the newer name of the system wins, also one whose attribute goes', async () => {
  const config = { allowed_keys: ['db.statement'], db_sanitizer: databases.db_sanitizer };
  const { attributes } = await spanOf(config, {
    ...{ 'db.system': 'mysql', 'db.system.name': 'redis', 'db.statement': 'SET k 5' },
  });
  expect(attributes).toEqual({ 'db.statement': 'SET k ?' });
});

test('texts in bodies go through each sanitizer that is enabled, without a list of attributes', async () => {
  const db_sanitizer = { sql: { enabled: true }, es: { enabled: true } };
  const { body, attributes } = await recordOf(
    { ...none, db_sanitizer, summary: 'debug' },
    { q: "SELECT 'x'", n: 5, ok: true },
  );
  expect(body).toEqual({ q: 'SELECT ?', n: '"?"', ok: '"?"' });
  expect(attributes).toEqual({ 'redaction.body.masked.keys': 'n,ok,q', 'redaction.body.masked.count': 3 });
  expect((await recordOf(urls, '/users/17')).body).toBe('/users/*');
});

test.each([
  [urls, client, '/users/123/profile', {}, '/users/*/profile'],
  [urls, server, 'GET /orders/123?a=b', {}, 'GET /orders/*'],
  [urls, internal, '/users/123/profile', {}, '/users/123/profile'],
  [urls, client, 'operation-123', {}, 'operation-123'],
  [urls, client, 'operation-123 now', { 'http.method': 'GET' }, 'operation-123 now'],
  [urls, client, '/123/456', {}, '/123/456'],
  [urls, client, '?x', {}, '?x'],
  [{ ...urls, allowed_values: ['profile'] }, client, '/users/123/profile', {}, '/users/123/profile'],
  [{ ...none, url_sanitizer: { enabled: true, sanitize_span_name: false } }, client, '/users/1', {}, '/users/1'],
  [databases, client, 'SELECT 1', { 'db.system': 'mysql' }, 'SELECT ?'],
  [databases, internal, 'SELECT 1', { 'db.system': 'mysql' }, 'SELECT ?'],
  [databases, producer, 'SELECT 1', { 'db.system': 'mysql' }, 'SELECT 1'],
  [databases, client, 'SELECT 1', {}, 'SELECT 1'],
  [databases, client, 'SELECT 1', { 'db.system': 'cassandra' }, 'SELECT 1'],
  [{ db_sanitizer: databases.db_sanitizer }, client, 'SELECT 1', { 'db.system': 'mysql' }, 'SELECT ?'],
  [{ ...databases, ...urls }, client, 'GET /orders/1?q=SELECT+1', { 'db.system': 'mysql' }, 'GET /orders/*'],
  [{ ...databases, ...urls }, client, 'SELECT 1', { 'db.system': 'mysql' }, 'SELECT ?'],
  [none, client, '/users/123', { 'db.system': 'mysql' }, '/users/123'],
])('%j: the name of a span of kind %d, %j with %j, becomes %j', async (config, kind, name, attributes, expected) => {
  expect((await spanOf(config, attributes, { name, kind })).name).toBe(expected);
});

test('a text that is very long is masked as a whole', async () => {
  const name = '/'.repeat((1 << 20) + 1);
  const span = await spanOf(urls, { 'http.url': name }, { name, kind: client });
  expect([span.name, span.attributes]).toEqual(['****', { 'http.url': '****' }]);
  expect((await recordOf(urls, name)).body).toBe('****');
});
