import { expect, test } from 'vitest';
import { readGates } from './gates.js';

test('a gate that the Collector has removed is a warning, and one that never was an error', () => {
  const { on, warnings } = readGates(['confmap.unifyEnvVarExpansion,service.AllowNoPipelines']);
  expect(warnings).toEqual([
    'Feature gate "confmap.unifyEnvVarExpansion" is gone and changes nothing; no longer set it.',
  ]);
  expect(on).toContain('service.AllowNoPipelines');
  expect(() => readGates(['service.neverWas'])).toThrow('no such feature gate "service.neverWas"');
});
