import { expect, test } from 'vitest';
import { sanitizedJson } from './json-query.js';
import { sanitizedMemcached } from './memcached.js';
import { sanitizedRedis } from './redis.js';
import { anySql, sanitizedSql, sqlDialects } from './sql.js';

const dialect = (system: string): typeof anySql => sqlDialects.get(system) ?? anySql;

test.each([
  ['SELECT * FROM users WHERE id = 123', 'SELECT * FROM users WHERE id = ?'],
  ["INSERT INTO users (name, age) VALUES ('John', 30)", 'INSERT INTO users (name, age) VALUES (?, ?)'],
  ['select 1.2e-3, 0x1F, +01, -.5, 0617', 'select ?, ?, ?, ?, ?'],
  ['SELECT * FROM users123ab WHERE id12 = ?', 'SELECT * FROM users?ab WHERE id? = ?'],
  ["SELECT * FROM t WHERE a = 'it''s' AND b = 'x'", 'SELECT * FROM t WHERE a = ? AND b = ?'],
  ["SELECT * FROM t WHERE a = 'j\\'s' AND b = 'x'", 'SELECT * FROM t WHERE a = ? AND b = ?'],
  ["SELECT * FROM t WHERE a = 'Joh", 'SELECT * FROM t WHERE a = ?'],
  ['SELECT "na1me" FROM "users table"', 'SELECT "na?me" FROM "users table"'],
  ['SELECT "secret', 'SELECT ?'],
  ["SELECT $1, @p1, @@version, :name FROM t WHERE x = $tag$it's$tag$ OR y = $$z$$", ''],
  ["DO $func$INSERT INTO t VALUES ('a', 1)$func$", 'DO $func$INSERT INTO t VALUES (?, ?)$func$'],
  ['DO $func$ SELECT 5', 'DO $func$SELECT ?'],
  ['SELECT $a$ no end', 'SELECT ?'],
  ["SELECT 1 -- it's 5\n+ 2 /* it's 5 */ - 'x'", "SELECT ? -- it's 5\n+ ? /* it's 5 */ - ?"],
  ["SELECT '{\"a\": 1}'::jsonb ->> 'a'", 'SELECT ?::jsonb ->> ?'],
  ["SELECT N'x', 世界, '🌊' is NULL and TRUE", 'SELECT N?, 世界, ? is NULL and TRUE'],
  ['  SELECT 🌊 1  ', 'SELECT 🌊 ?'],
])('SQL: %s', (given, expected) => {
  const wanted = expected === '' ? 'SELECT $1, @p1, @@version, :name FROM t WHERE x = ? OR y = ?' : expected;
  expect(sanitizedSql(given, anySql)).toBe(wanted);
});

test('dialects of SQL differ in strings and comments', () => {
  const mysql = "SELECT `c1`, \"secret\" FROM t # it's 5\nWHERE a = 'x\\'y'";
  expect(sanitizedSql(mysql, dialect('mysql'))).toBe("SELECT `c?`, ? FROM t # it's 5\nWHERE a = ?");
  const postgres = "SELECT 'a\\' || secret || E'it\\'s' || e'x' || type'y'";
  expect(sanitizedSql(postgres, dialect('postgresql'))).toBe('SELECT ? || secret || E? || e? || type?');
});

test.each([
  ['SET user:123 john', 'SET user:123 ?'],
  ['set k v EX 10', 'set k ? EX 10'],
  ['GET user:123', 'GET user:123'],
  ['AUTH name secret', 'AUTH ?'],
  ['PING', 'PING'],
  ['MSET a 1 b 2', 'MSET a ? b ?'],
  ['HSET h f1 v1 f2 v2', 'HSET h f1 ? f2 ?'],
  ['SETEX k 10 v', 'SETEX k 10 ?'],
  ['LINSERT k BEFORE p v', 'LINSERT k BEFORE p ?'],
  ['SADD k a b c', 'SADD k ?'],
  ['GEOADD k 1.5 2.5 home 3 4 work', 'GEOADD k 1.5 2.5 ? 3 4 ?'],
  ['ZADD k NX CH 1 a 2 b', 'ZADD k NX CH 1 ? 2 ?'],
  ['BITFIELD k GET u8 0 SET u8 0 200', 'BITFIELD k GET u8 0 SET u8 0 ?'],
  ['CONFIG SET requirepass secret', 'CONFIG SET requirepass ?'],
  ['CONFIG GET requirepass', 'CONFIG GET requirepass'],
  ['ACL SETUSER joe on >secret', 'ACL SETUSER joe ?'],
  ['HELLO 3 AUTH joe secret', 'HELLO 3 AUTH ?'],
  ['SET k "a b\\" c\nd"\r\n\n  GET  k ', 'SET k ?\nGET k'],
  ['SET k "open', 'SET k ?'],
  ['SET k a\\', 'SET k ?'],
  ['', ''],
])('Redis: %j', (given, expected) => expect(sanitizedRedis(given)).toBe(expected));

test.each([
  ['set key 0 60 5\r\nsecret\r\n', 'set key 0 60 5'],
  ['set key 0 60 5\nsecret', 'set key 0 60 5'],
  ['get key', 'get key'],
])('Memcached: %j', (given, expected) => expect(sanitizedMemcached(given)).toBe(expected));

test.each([
  ['{"find": "users", "filter": {"age": 30}}', '{"find":"?","filter":{"age":"?"}}'],
  ['{"a": [1, true, null, "x", {"b": -1.5e3}], "c\\"d": {}, "e": []}', null],
  ['{"index": {}}\n{"title": "x"}\n', '{"index":{}}\n{"title":"?"}'],
  ['{"a": ?}', '{"a":"?"}'],
  ['{"a": "secret', '{"a":...'],
  ['{"a": 1, "b": [2, 3', '{"a":"?","b":["?","?"...'],
  ['{"a": 1]', '{"a":"?"...'],
  ['{"a": 1} x', '{"a":"?"}\n...'],
  ['{"a": 1,}', '{"a":"?",...'],
  ['"secret"', '"?"'],
  ['[1]', '["?"]'],
  ['[INFO] user 5', '[INFO] user 5'],
  ['/foo/{bar}', '/foo/{bar}'],
  ['{bar}', '{bar}'],
  [' ', ' '],
  ['', ''],
])('JSON: %j', (given, expected) => {
  const wanted = expected ?? '{"a":["?","?","?","?",{"b":"?"}],"c\\"d":{},"e":[]}';
  expect(sanitizedJson(given)).toBe(wanted);
});
