import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeName, isLegacyLabel, isLegacyName, type Escaping } from './escaping.js';
import { labelName } from './label-name.js';
import { prometheusName, type NamedType } from './prometheus-name.js';
import { nameRules, strategies } from './strategy.js';
import { unitName } from './units.js';
import { matchesWildcard } from './wildcard.js';

const classic = nameRules('UnderscoreEscapingWithSuffixes', '');

describe('names of metrics (docs/spec/agent.md#prometheus-translation)', () => {
  test.each<[string, string, NamedType, string | undefined]>([
    ['system.filesystem.usage', 'By', 'gauge', 'system_filesystem_usage_bytes'],
    ['system.network.io', 'By', 'counter', 'system_network_io_bytes_total'],
    ['system.cpu.time', 's', 'counter', 'system_cpu_time_seconds_total'],
    ['system.memory.utilization', '1', 'gauge', 'system_memory_utilization_ratio'],
    ['system.network.dropped', '{packets}', 'counter', 'system_network_dropped_total'],
    ['astro.light.speed', 'm/s', 'gauge', 'astro_light_speed_meters_per_second'],
    ['http.server.request.duration', 's', 'other', 'http_server_request_duration_seconds'],
    ['(lambda).function.executions(#)', '', 'gauge', 'lambda_function_executions'],
    ['storage.used', '%', 'gauge', 'storage_used_percent'],
    ['requests.count', '1', 'counter', 'requests_count_total'],
    ['a total b', 's', 'counter', 'a_b_seconds_total'],
    ['speed', 'm/{x}', 'gauge', 'speed_meters'],
    ['speed', 'm/', 'gauge', 'speed_meters'],
    ['rate', '/s', 'gauge', 'rate_per_second'],
    ['1', '', 'gauge', '_1'],
    ['...', '', 'gauge', undefined],
    ['', '', 'gauge', undefined],
  ])('%s in %s as %s is %s', (name, unit, type, expected) => {
    expect(prometheusName(name, unit, type, classic)).toBe(expected);
  });

  test.each<[string, string, NamedType, string]>([
    ['http.requests', '{requests}', 'counter', 'http.requests_total'],
    ['bytes_total_read', 'By', 'counter', 'bytes_total_read_bytes_total'],
    ['b.ratio', '1', 'gauge', 'b_ratio'],
    ['x_meters_per_second', 'm/s', 'gauge', 'x_meters_per_second'],
    ['seconds.a', 's', 'gauge', 'seconds.a_seconds'],
    ['a_seconds_total', 's', 'counter', 'a_seconds_total'],
  ])('with all characters %s in %s as %s is %s', (name, unit, type, expected) => {
    expect(prometheusName(name, unit, type, nameRules('NoUTF8EscapingWithSuffixes', ''))).toBe(expected);
  });

  test('the namespace stands before the name, whatever the strategy', () => {
    for (const strategy of strategies)
      expect(prometheusName('up', '', 'gauge', nameRules(strategy, 'ns'))).toBe('ns_up');
  });

  test('names are valid where they must be, and a name that is valid stays as it is', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'Z', '0', ':', '_', '.', '-', 'ü', '\u{1F600}', ' ') });
    const type = fc.constantFrom<NamedType>('counter', 'gauge', 'other');
    fc.assert(
      fc.property(text, fc.oneof(text, fc.constantFrom('s', 'By/s', '1')), type, (name, unit, of) => {
        for (const strategy of ['UnderscoreEscapingWithSuffixes', 'UnderscoreEscapingWithoutSuffixes'] as const) {
          const translated = prometheusName(name, unit, of, nameRules(strategy, ''));
          if (translated === undefined) continue;
          expect(isLegacyName(translated)).toBe(true);
          const again = prometheusName(translated, '', 'other', nameRules('UnderscoreEscapingWithoutSuffixes', ''));
          expect(again).toBe(translated);
        }
        expect(prometheusName(name, unit, of, nameRules('NoTranslation', ''))).toBe(name === '' ? undefined : name);
      }),
    );
  });
});

describe('names of labels', () => {
  test.each([
    ['a.b', 'a_b'],
    ['1st', 'key_1st'],
    ['_lead', 'key_lead'],
    ['__lead', 'key_lead'],
    ['__res__', '__res__'],
    ['ü', 'key_'],
    ['_', 'key_'],
    ['a--b..c', 'a_b_c'],
    ['x:y', 'x_y'],
    ['a.', 'a_'],
    ['', undefined],
  ])('%s is %s', (attribute, expected) => {
    expect(labelName(attribute, false)).toBe(expected);
  });

  test('are valid labels', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (attribute) => {
        expect(isLegacyLabel(labelName(attribute, false) ?? '')).toBe(true);
        expect(labelName(attribute, true)).toBe(attribute);
      }),
    );
  });
});

test.each([
  ['m/s', 'meters_per_second'],
  ['1', ''],
  ['{requests}', ''],
  ['By', 'bytes'],
  ['a b$c', 'a_b_c'],
  ['{x}/s', 'per_second'],
])('the unit %s is called %s', (unit, expected) => {
  expect(unitName(unit, false)).toBe(expected);
});

describe('escaping', () => {
  test.each<[Escaping, string, string]>([
    ['underscores', '1digit', '_digit'],
    ['underscores', '(lambda).exec(#)', '_lambda__exec___'],
    ['underscores', 'ünï.cödé', '_n__c_d_'],
    ['dots', 'a.b_c', 'a_dot_b__c'],
    ['values', 'a.b_c', 'U__a_2e_b__c'],
    ['values', 'a_b', 'a_b'],
    ['allow-utf-8', 'a.b', 'a.b'],
  ])('%s writes %s as %s', (escaping, name, expected) => {
    expect(escapeName(name, escaping)).toBe(expected);
  });

  test('makes names that need no quotation marks', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.constantFrom<Escaping>('underscores', 'dots', 'values'),
        (name, escaping) => {
          expect(isLegacyName(escapeName(name, escaping))).toBe(true);
          expect(isLegacyLabel(escapeName(name, escaping, true))).toBe(true);
        },
      ),
    );
  });
});

test('wildcards match as a pattern of RegExp does', () => {
  const piece = fc.constantFrom('a', 'b', '.', '*', '?');
  fc.assert(
    fc.property(fc.array(piece), fc.array(fc.constantFrom('a', 'b', '.')), (pattern, text) => {
      const source = pattern.map((one) => (one === '*' ? '.*' : one === '?' ? '.' : one === '.' ? '\\.' : one));
      const expected = new RegExp(`^${source.join('')}$`, 's').test(text.join(''));
      expect(matchesWildcard(text.join(''), pattern.join(''))).toBe(expected);
    }),
  );
});
