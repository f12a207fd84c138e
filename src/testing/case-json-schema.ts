import { schemaOf, type JsonSchema } from '../config/json-schema.js';
import { caseFileSchema } from './case-schema.js';

/** A JSON Schema (draft 2020-12) of a file with tests, for editors. */
export function caseJsonSchema(): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    title: 'Tests of a Kanmon configuration',
    ...schemaOf(caseFileSchema),
  };
}
