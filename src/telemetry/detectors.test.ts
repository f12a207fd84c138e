import { expect, test } from 'vitest';
import { serviceResource } from './resource.js';

const build = { command: 'kanmon', description: '', version: '1' };

test('detectors add what they find below what is written', () => {
  const { attributes, inline } = serviceResource(
    {
      attributes: [{ name: 'host.name', value: 'mine' }],
      'detection/development': { detectors: [{ host: {} }, { process: null }, { service: {} }, { container: {} }] },
    },
    build,
  );
  expect(attributes).toMatchObject({
    'host.name': 'mine',
    'process.pid': String(process.pid),
    'service.name': 'kanmon',
  });
  expect(inline).toEqual([]);
});

test('an unknown detector is an error that names those there are', () => {
  expect(() => serviceResource({ 'detection/development': { detectors: [{ hosts: {} }] } }, build)).toThrow(
    'unknown detector "hosts": use container, host, process, service',
  );
});
