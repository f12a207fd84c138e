import { only } from '../paths/field-choice.js';
import { attributesPath } from '../paths/maps.js';
import { intPath } from '../paths/numbers.js';
import { textPath } from '../paths/texts.js';
import { elsewhere, type PathTable } from '../path-table.js';

// The four signals number the schema URL alike.

export const resourcePaths: PathTable = {
  attributes: attributesPath,
  dropped_attributes_count: intPath(only('Resource', 'dropped_attributes_count')),
  schema_url: elsewhere('resourceMessage', textPath(only('ResourceSpans', 'schema_url'))),
};

export const scopePaths: PathTable = {
  name: textPath(only('InstrumentationScope', 'name')),
  version: textPath(only('InstrumentationScope', 'version')),
  attributes: attributesPath,
  dropped_attributes_count: intPath(only('InstrumentationScope', 'dropped_attributes_count')),
  schema_url: elsewhere('scopeMessage', textPath(only('ScopeSpans', 'schema_url'))),
};
