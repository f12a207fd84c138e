import type { LintReport } from './lint.js';
import { parseReplicas, type Replicas } from './model/replicas.js';
import type { LintRequest, TierRequest } from './read-tiers.js';
import { severities } from './rule.js';

/** The flags of the command line that name tiers. */
export interface TierFlags {
  /** Each `NAME=FILE[,FILE...][:REPLICAS]`. */
  readonly tier?: readonly string[];
  /** Each `NAME=REPLICAS`. */
  readonly replicas?: readonly string[];
}

/** The request of the command line. Throws for one that has no meaning. */
export function readRequest(configs: readonly string[], flags: TierFlags, env: LintRequest['env']): LintRequest {
  const replicas = new Map<string, Replicas>();
  const named = (flags.tier ?? []).map((text): TierRequest => {
    const [, name, rest] = /^([\w.-]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || rest === undefined) throw invalid('tier', text, 'NAME=FILE[,FILE...][:REPLICAS]');
    const [, files = rest, count] = /^(.*):(\d+(?:-\d+)?|node)$/s.exec(rest) ?? [];
    if (count !== undefined) replicas.set(name, countOf('tier', text, count));
    return { name, uris: files.split(',') };
  });
  for (const text of flags.replicas ?? []) {
    const [, name, count] = /^([\w.-]+)=(.+)$/s.exec(text) ?? [];
    if (name === undefined || count === undefined) throw invalid('replicas', text, 'NAME=NUMBER');
    replicas.set(name, countOf('replicas', text, count));
  }
  return { tiers: [...configs.map((uri) => ({ name: undefined, uris: [uri] })), ...named], replicas, env };
}

function countOf(flag: string, text: string, count: string): Replicas {
  const replicas = parseReplicas(count);
  if (!replicas) throw invalid(flag, text, 'replicas as 3, as 2-10, or node');
  return replicas;
}

function invalid(flag: string, text: string, form: string): Error {
  return new Error(`invalid argument ${JSON.stringify(text)} for "--${flag}" flag: give ${form}`);
}

/** Without what is less severe. Throws for what is no severity. */
export function atLeast(minimum: string, report: LintReport): LintReport {
  const lowest = severities.findIndex((severity) => severity === minimum);
  if (lowest < 0)
    throw new Error(
      `invalid argument ${JSON.stringify(minimum)} for "--min-severity" flag: one of ${severities.join(', ')}`,
    );
  return { ...report, findings: report.findings.filter(({ severity }) => severities.indexOf(severity) >= lowest) };
}
