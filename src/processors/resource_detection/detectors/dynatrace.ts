import { readFile } from 'node:fs/promises';
import { group } from '../../../component/schema/schema.js';
import type { AttributeValue } from '../../../otlp/build/any-value.js';
import { unavailable, type DetectorKind } from '../detection/detector.js';

const path = '/var/lib/dynatrace/enrichment/dt_host_metadata.properties';
const keys: ReadonlySet<string> = new Set(['dt.entity.host', 'host.name', 'dt.smartscape.host']);
const mostCharacters = 4096;

/** The file with the identity of the host that Dynatrace's OneAgent writes. */
export const dynatrace: DetectorKind<object> = {
  config: group<object>({}),
  create(_options, { root, failOnMissing }) {
    return {
      async detect() {
        let text: string;
        try {
          text = await readFile(root + path, 'utf8');
        } catch (error) {
          return unavailable('the file of Dynatrace', error, failOnMissing);
        }
        const attributes = new Map<string, AttributeValue>();
        for (const line of text.split('\n')) {
          const equals = line.indexOf('=');
          const key = line.slice(0, Math.max(0, equals)).trim();
          const value = line.slice(equals + 1).trim();
          if (keys.has(key) && value !== '' && value.length <= mostCharacters) attributes.set(key, value);
        }
        return { kind: 'found', attributes, schemaUrl: '' };
      },
    };
  },
};
