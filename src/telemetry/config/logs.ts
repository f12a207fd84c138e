import {
  any,
  duration,
  flag,
  group,
  int,
  list,
  map,
  section,
  text,
  type Schema,
} from '../../component/schema/schema.js';
import { recordProcessors, type RecordProcessor } from './destination.js';

/** How repeated log lines are thinned out, per message and level. `tick` in milliseconds. */
export interface LogSampling {
  readonly tick: number;
  readonly initial: number;
  readonly thereafter: number;
}

export interface LogsConfig {
  readonly level: string;
  readonly encoding: string;
  readonly development: boolean;
  readonly disable_caller: boolean;
  readonly disable_stacktrace: boolean;
  readonly sampling: LogSampling | undefined;
  readonly output_paths: readonly string[];
  readonly error_output_paths: readonly string[];
  readonly initial_fields: Readonly<Record<string, unknown>>;
  readonly processors: readonly RecordProcessor[];
  readonly disable_zap_resource: boolean;
}

const logLevel = text('info', { about: 'Lowest level that is logged.' }, (value) =>
  ['debug', 'info', 'warn', 'error', 'dpanic', 'panic', 'fatal', ''].includes(value.toLowerCase())
    ? undefined
    : `unrecognized level: ${JSON.stringify(value)}`,
);

/** `service::telemetry::logs`. */
export const logs: Schema<LogsConfig> = group<LogsConfig>({
  level: logLevel,
  encoding: text('console', { about: '`console` for people, `json` for programs.' }),
  development: flag(false, { about: 'Stack traces for warnings too.' }),
  disable_caller: flag(false, { about: 'Leave out the file and line that logged.' }),
  disable_stacktrace: flag(false, { about: 'Leave out stack traces of errors.' }),
  sampling: section<LogSampling>(
    group<LogSampling>({
      tick: duration('10s', { about: 'Window in which lines are counted.' }),
      initial: int(10, { about: 'Lines of one message and level logged in a window before thinning.' }),
      thereafter: int(100, { about: 'After `initial` lines, each n-th is logged; 0 logs none of them.' }),
    }),
    { absent: 'on', empty: 'off' },
    { about: 'Thin out lines that repeat.' },
  ),
  output_paths: list(text(), ['stderr'], { about: '`stderr`, `stdout` or files.' }),
  error_output_paths: list(text(), ['stderr'], { about: '`stderr`, `stdout` or files for faults of the log itself.' }),
  initial_fields: map(any(), { about: 'Fields of every line.' }),
  processors: recordProcessors(1000, 'Further destinations of log lines.'),
  disable_zap_resource: flag(false, { about: 'Leave out the `resource` field.' }),
});
