import type { OperatorDefinition } from './operator.js';
import { addOperator } from './operators/add/index.js';
import { assignKeys } from './operators/assign_keys/index.js';
import { containerOperator } from './operators/container/index.js';
import { copyOperator } from './operators/copy/index.js';
import { csvParser } from './operators/csv_parser/index.js';
import { filterOperator } from './operators/filter/index.js';
import { flattenOperator } from './operators/flatten/index.js';
import { jsonArrayParser } from './operators/json_array_parser/index.js';
import { jsonParser } from './operators/json_parser/index.js';
import { keyValueParser } from './operators/key_value_parser/index.js';
import { moveOperator } from './operators/move/index.js';
import { noopOperator } from './operators/noop/index.js';
import { recombineOperator } from './operators/recombine/index.js';
import { regexParser } from './operators/regex_parser/index.js';
import { regexReplace } from './operators/regex_replace/index.js';
import { removeOperator } from './operators/remove/index.js';
import { retainOperator } from './operators/retain/index.js';
import { routerOperator } from './operators/router/index.js';
import { sanitizeUtf8 } from './operators/sanitize_utf8/index.js';
import { scopeNameParser } from './operators/scope_name_parser/index.js';
import { severityParser } from './operators/severity_parser/index.js';
import { syslogParser } from './operators/syslog_parser/index.js';
import { timeParser } from './operators/time_parser/index.js';
import { traceParser } from './operators/trace_parser/index.js';
import { unquoteOperator } from './operators/unquote/index.js';
import { uriParser } from './operators/uri_parser/index.js';

/** Every type of operator has its folder, and one line here. */
const definitions = [
  addOperator,
  assignKeys,
  containerOperator,
  copyOperator,
  csvParser,
  filterOperator,
  flattenOperator,
  jsonArrayParser,
  jsonParser,
  keyValueParser,
  moveOperator,
  noopOperator,
  recombineOperator,
  regexParser,
  regexReplace,
  removeOperator,
  retainOperator,
  routerOperator,
  sanitizeUtf8,
  scopeNameParser,
  severityParser,
  syslogParser,
  timeParser,
  traceParser,
  unquoteOperator,
  uriParser,
] as readonly OperatorDefinition[];

/** By the word that a configuration has for it. */
export const operatorTypes: ReadonlyMap<string, OperatorDefinition> = new Map(
  definitions.map((definition) => [definition.type, definition]),
);
