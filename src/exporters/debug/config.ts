import { z } from 'zod';
import { inUseUnless } from '../../component/schema/in-use.js';
import { outputFault } from '../../telemetry/output/output-fault.js';
import { flag, group, int, kinds, list, text, type Schema } from '../../component/schema/schema.js';
import { sendingQueue, type QueueConfig } from '../../delivery/config.js';

export type Verbosity = 'basic' | 'normal' | 'detailed';

/** Options of the exporter (docs/spec/core.md#debug-and-nop). */
export interface Config {
  readonly verbosity: Verbosity;
  readonly sampling_initial: number;
  readonly sampling_thereafter: number;
  readonly use_internal_logger: boolean;
  readonly output_paths: readonly string[] | undefined;
  readonly sending_queue: QueueConfig | undefined;
}

const verbosity: Schema<Verbosity> = text(
  'basic',
  { about: '`basic` counts, `normal` gives each item a line, `detailed` shows everything.' },
  (value) =>
    ['basic', 'normal', 'detailed'].includes(value.toLowerCase())
      ? undefined
      : `verbosity level ${JSON.stringify(value)} is not supported: use basic, normal or detailed`,
).transform((value) => value.toLowerCase() as Verbosity);
kinds.set(verbosity, {
  kind: 'choice',
  values: ['basic', 'normal', 'detailed'],
  anyCase: true,
  default: 'basic',
  docs: { about: '`basic` counts, `normal` gives each item a line, `detailed` shows everything.' },
});

/** Not given is another thing than an empty list, which is refused. */
const outputPath = inUseUnless(text(), outputFault);
const outputPaths: Schema<readonly string[] | undefined> = z.undefined().or(list(outputPath));
kinds.set(outputPaths, {
  kind: 'list',
  element: outputPath,
  default: ['stdout'],
  docs: { about: 'Where to write without the internal logger: `stdout`, `stderr` or files.' },
});

export const config: Schema<Config> = group<Config>(
  {
    verbosity,
    sampling_initial: int(2, { about: 'Equal messages logged in each second before thinning.' }),
    sampling_thereafter: int(1, { about: 'Then each n-th; 0 logs no more in that second.' }),
    use_internal_logger: flag(true, {
      about: 'Write to the log of the service, which thins out by its own rules too; false writes to `output_paths`.',
    }),
    output_paths: outputPaths,
    sending_queue: sendingQueue('off'),
  },
  (value, report) => {
    const paths = value.output_paths;
    if (value.use_internal_logger && paths !== undefined)
      report('output_paths is not supported when use_internal_logger is true', ['output_paths']);
    if (!value.use_internal_logger && paths?.length === 0)
      report('output_paths cannot be empty when use_internal_logger is false', ['output_paths']);
  },
);
