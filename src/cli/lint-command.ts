import { painter } from '../component/colour.js';
import { render } from '../config/fault.js';
import { buildInfo } from '../runtime/build-info.js';
import { print } from './output.js';
import { UsageError } from './usage.js';

export interface LintFlags {
  readonly tier?: readonly string[];
  readonly replicas?: readonly string[];
  readonly minSeverity: string;
  readonly format: string;
}

/**
 * Looks at the configurations together, prints what breaks a rule, and returns the exit code: 0 when nothing of the
 * least severity does, 1 when something does.
 */
export async function runLint(configs: readonly string[], flags: LintFlags): Promise<number> {
  const [{ readRequest, atLeast }, { lint }, { textReport }, { jsonReport }, { sarifReport }] = await Promise.all([
    import('../lint/request.js'),
    import('../lint/lint.js'),
    import('../lint/report/text.js'),
    import('../lint/report/json.js'),
    import('../lint/report/sarif.js'),
  ]);
  const { format } = flags;
  if (!['text', 'json', 'sarif'].includes(format))
    throw new UsageError(`unrecognized format: ${format}: formats are: text, json, sarif`);
  const request = readRequest(configs, flags, process.env);
  if (request.tiers.length === 0) throw new UsageError('nothing to look at: give the configuration of each tier');
  const report = atLeast(flags.minSeverity, await lint(request));
  for (const fault of report.unread) process.stderr.write(`Warning: not read here: ${render(fault)}\n`);
  const texts = {
    text: () => textReport(report, painter(process.stdout)),
    json: () => jsonReport(report),
    sarif: () => sarifReport(report, buildInfo.version),
  };
  await print(texts[format as keyof typeof texts]());
  return report.findings.length === 0 ? 0 : 1;
}
