import { discoverComponents } from '../config/components.js';
import type { Fault } from '../config/fault.js';
import type { Source } from '../config/place.js';
import { rules } from './all-rules.js';
import { maxFindingsOfRule } from './bounds.js';
import { compareFindings, type LintFinding } from './finding.js';
import { applyIgnores, ignoreRules, type Judged } from './ignore.js';
import { buildDeployment } from './model/build.js';
import type { DeploymentModel } from './model/deployment.js';
import { readTiers, type LintRequest } from './read-tiers.js';

export interface LintReport extends Judged {
  /** The names of the tiers, in the order of the data's way. */
  readonly tiers: readonly string[];
  /** Parts of the configurations that could not be read here, such as a file that only the gateway has. */
  readonly unread: readonly Fault[];
}

/**
 * Looks at the configurations of one or several tiers together. Rejects with a `ConfigError` when one cannot be read,
 * and with another `Error` when the request cannot be meant.
 */
export async function lint(request: LintRequest): Promise<LintReport> {
  const [available, { inputs, unread }] = await Promise.all([discoverComponents(), readTiers(request)]);
  const deployment = buildDeployment(inputs, available);
  const sources = sourcesOf(deployment);
  const known = new Set([...rules, ...ignoreRules].map(({ id }) => id));
  const { findings, ignored } = applyIgnores(findingsOf(deployment), sources, known);
  return {
    tiers: deployment.tiers.map(({ name }) => name),
    findings: findings.toSorted(compareFindings),
    ignored: ignored.toSorted(compareFindings),
    unread,
  };
}

/** Every break of every rule, each place once for a rule. */
function findingsOf(deployment: DeploymentModel): LintFinding[] {
  return rules.flatMap(({ id, severity, check }) => {
    const found = new Map<string, LintFinding>();
    for (const { at, message, remedy } of check(deployment)) {
      const { place, path } = at;
      const key = `${place.source.name} ${place.start} ${message}`;
      if (!found.has(key)) found.set(key, { id, severity, place, path, message, remedy });
      if (found.size >= maxFindingsOfRule) break;
    }
    return [...found.values()];
  });
}

/** The texts of configurations and manifests, one of each: a file that several tiers have was read for each. */
function sourcesOf({ tiers }: DeploymentModel): Source[] {
  const all = tiers.flatMap(({ sources, workload }) => [
    ...sources,
    ...(workload ? [workload.spec, ...workload.services].map(({ place }) => place.source) : []),
  ]);
  return [...new Map(all.map((source) => [`${source.name}\n${source.text}`, source])).values()];
}
