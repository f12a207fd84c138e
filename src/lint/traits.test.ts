import { expect, test } from 'vitest';
import { discoverComponents, findComponent, sections } from '../config/components.js';
import type { Definition } from '../component/define.js';
import { lackingType } from '../config/types/unknown-type.js';
import { knownTypes, traitsOf } from './traits.js';

test('every type of the table is one that there is, in the spelling of today', async () => {
  const available = await discoverComponents();
  const wrong = sections.flatMap((section) =>
    knownTypes(section).filter((type) => {
      const definition = findComponent<Definition>(available[section], type);
      return (definition?.type ?? lackingType(section, type)?.type) !== type;
    }),
  );
  expect(wrong).toEqual([]);
});

test('what a definition says must be together goes before the table', () => {
  expect(traitsOf('processors', 'tail_sampling', 'trace').needsWhole).toBe('trace');
  expect(traitsOf('processors', 'batch', 'stream')).toMatchObject({ batches: true, needsWhole: 'stream' });
  expect(traitsOf('processors', 'unknown', 'service')).toEqual({ needsWhole: 'service' });
  // Series of one resource in one worker concern no other instance.
  expect(traitsOf('exporters', 'prometheus_remote_write', 'resource').needsWhole).toBeUndefined();
});
