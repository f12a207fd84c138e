import { expect, it } from 'vitest';

import { heldServices } from '../../../../test/support/ottl-call.js';
import { jsonToProto } from '../../../otlp/json/decode.js';
import { protoToJson } from '../../../otlp/json/encode.js';
import { validate } from '../../../otlp/wire/validate.js';
import { resultAtOnce } from '../../../otlp/work.js';
import { contexts } from '../../contexts/contexts.js';
import { functionTable } from '../../environment.js';
import { compileStatement } from '../../statement.js';
import { ChangingWalk } from '../../walk/changing-walk.js';
import { standardFunctions } from '../standard.js';
import { metricConverters } from './has-attribute.js';
import { metricEditors } from './table.js';

function run(statements: readonly string[], metrics: readonly unknown[]): { metrics: { name: string }[] }[] {
  const environment = {
    context: contexts.metric,
    functions: functionTable([...standardFunctions, ...metricEditors, ...metricConverters]),
    services: heldServices,
    shortPaths: false,
  };
  const compiled = statements.map((text) => compileStatement(text, environment));
  const json = { resourceMetrics: [{ scopeMetrics: [{ scope: { name: 's' }, metrics }, { metrics }] }] };
  const batch = validate('metrics', jsonToProto('metrics', Buffer.from(JSON.stringify(json))));
  const changed = resultAtOnce(
    new ChangingWalk('metric').changing(batch, undefined, (scene) => {
      for (const statement of compiled) statement.run(scene);
    }),
  );
  expect(changed.itemCount).toBe(validate('metrics', changed.bytes).itemCount);
  const result = JSON.parse(Buffer.from(protoToJson('metrics', changed.bytes)).toString()) as {
    resourceMetrics: { scopeMetrics: { metrics: { name: string }[] }[] }[];
  };
  return result.resourceMetrics[0]?.scopeMetrics ?? [];
}

const gauge = {
  name: 'g',
  gauge: { dataPoints: [{ asInt: '1', attributes: [{ key: 'a', value: { intValue: '5' } }] }] },
};

it('ends where a copy is copied without end', () => {
  expect(() => run(['copy_metric(unit="x") where metric.name == "g"'], [gauge])).toThrow('20 times in a row');
});

it('visits a copy with all statements, which may change its scope', () => {
  const scopes = run(
    [
      'set(scope.version, metric.name)',
      'copy_metric(name="c") where metric.name == "g"',
      'copy_metric(name="d") where metric.name == "c"',
      'set(metric.unit, "u")',
      'set(scope.attributes["last"], metric.name)',
      'set(metric.description, "t") where HasAttrKeyOnDatapoint("a") and HasAttrOnDatapoint("a", "5")',
    ],
    [gauge, { ...gauge, name: 'h' }],
  );
  for (const { metrics, ...scope } of scopes) {
    expect(metrics.map(({ name }) => name)).toEqual(['g', 'h', 'c', 'd']);
    expect(metrics.map((metric) => ({ ...metric, name: '' }))).toEqual(
      Array.from({ length: 4 }, () => expect.objectContaining({ unit: 'u', description: 't' }) as unknown),
    );
    expect(scope).toMatchObject({
      scope: { version: 'd', attributes: [{ key: 'last', value: { stringValue: 'd' } }] },
    });
  }
});

it('keeps a scope of which only added metrics are left', () => {
  const empty = { name: 'e', gauge: { dataPoints: [] } };
  expect(run(['copy_metric(name="c") where metric.name == "g"'], [gauge, empty])).toHaveLength(2);
});
