import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { syslogParserConfig, type SyslogParserOptions } from './config.js';
import { SyslogOperator } from './syslog-operator.js';

/** Reads messages of syslog (RFC 3164 and RFC 5424). */
export const syslogParser: OperatorDefinition<SyslogParserOptions> = defineOperator<SyslogParserOptions>({
  type: 'syslog_parser',
  config: syslogParserConfig,
  create: (options, { clock }) => new SyslogOperator(options, clock),
});
