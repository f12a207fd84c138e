import { flag, int, text, type Report, type Schema, type Shape } from '../../../component/schema/schema.js';
import { hasZone } from '../../../formats/time/time-zone.js';
import type { CommonOperatorOptions } from '../../operator-options.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';

/** docs/spec/agent.md#stanza-operators */
export interface SyslogOptions {
  /** In upper or lower case. */
  readonly protocol: string;
  readonly location: string;
  readonly enable_octet_counting: boolean;
  readonly max_octets: number;
  readonly allow_skip_pri_header: boolean;
  readonly non_transparent_framing_trailer: string;
}

export type SyslogParserOptions = SyslogOptions & ParserOptions;

export const syslogProtocols = ['rfc3164', 'rfc5424', 'none'] as const;
const trailers: readonly string[] = ['', 'LF', 'NUL'];
/** RFC 5425 has it for the length that every receiver takes. */
export const defaultOctets = 8192;

export const syslogShape: Shape<SyslogOptions> = {
  protocol: text(
    '',
    { about: 'Format of the messages: `rfc3164`, `rfc5424`, or `none`, which reads a priority alone. Must be set.' },
    (given) => {
      if (given === '' || (syslogProtocols as readonly string[]).includes(given.toLowerCase())) return undefined;
      return {
        message: `unsupported protocol version: ${given.toLowerCase()}`,
        hint: 'Write rfc3164, rfc5424 or none.',
      };
    },
  ),
  location: text('UTC', { about: 'Time zone of the times of RFC 3164, such as `Europe/Berlin`.' }, (name) =>
    hasZone(name) ? undefined : `failed to load location ${name}: unknown time zone ${name}`,
  ),
  enable_octet_counting: flag(false, { about: 'Messages stand behind their length (RFC 6587 3.4.1).' }),
  max_octets: int(
    defaultOctets,
    { about: 'The longest message with octet counting; 0: the default.', unit: 'bytes' },
    (value) => (value < 0 ? "'max_octets' must not be negative" : undefined),
  ),
  allow_skip_pri_header: flag(false, {
    about: 'Messages may come without their priority; these have no severity and no facility.',
  }),
  non_transparent_framing_trailer: text(
    '',
    { about: 'The byte that ends each message, `LF` or `NUL` (RFC 6587 3.4.2).' },
    (given) =>
      trailers.includes(given)
        ? undefined
        : `invalid non_transparent_framing_trailer '${given}'. Must be either 'LF' or 'NUL'`,
  ),
};

/** Checks what several of these options say together. */
export function checkSyslog(value: SyslogOptions, report: Report): void {
  if (value.protocol === '') report("missing field 'protocol'", ['protocol']);
  const trailer = 'non_transparent_framing_trailer';
  if (value[trailer] === '') return;
  if (value.enable_octet_counting)
    report('only one of octet_counting or non_transparent_framing can be enabled', [trailer]);
  else if (value.protocol.toLowerCase() === 'none')
    report('non_transparent_framing is not compatible with protocol none', [trailer]);
}

export const syslogParserConfig: Schema<SyslogParserOptions> = parserOptions<SyslogOptions>(
  'syslog_parser',
  syslogShape,
  { check: checkSyslog },
);

/** The options of the operator that a receiver puts before those of its configuration. */
export function syslogOptionsOf(
  options: SyslogOptions,
  { id, on_error }: Pick<CommonOperatorOptions, 'id' | 'on_error'>,
): SyslogParserOptions {
  return {
    ...options,
    type: 'syslog_parser',
    id,
    on_error,
    output: [],
    if: '',
    parse_from: 'body',
    parse_to: 'attributes',
    timestamp: undefined,
    severity: undefined,
    trace: undefined,
    scope_name: undefined,
  };
}
