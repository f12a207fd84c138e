import { collecting } from '../model/collecting.js';
import type { Component } from '../model/deployment.js';
import { isLoopback, splitHostPort } from '../model/endpoints.js';
import { isReplicated, wordsOf } from '../model/replicas.js';
import type { Rule } from '../rule.js';
import type { Setting } from '../setting.js';

export const scrapeReplicated: Rule = {
  id: 'scrape-replicated',
  severity: 'error',
  title: 'Each instance scrapes the same targets',
  *check(deployment) {
    for (const receiver of collecting(deployment, 'targets')) {
      const { replicas } = receiver.tier;
      if (isReplicated(replicas) && sharesTargets(receiver))
        yield {
          at: receiver,
          message:
            `scrapes the same targets from ${wordsOf(replicas)}: every series has as many writers, and ` +
            'targets as much load',
          remedy:
            'Scrape in a tier of one instance, share the targets out by a `hashmod` relabelling or a ' +
            'target allocator, ' +
            'or scrape on each node what runs there.',
        };
    }
  },
};

/** Each instance would scrape the same. */
function sharesTargets({ config }: Component): boolean {
  if (config.at('target_allocator').isSet) return false;
  const jobs = config.at('config', 'scrape_configs').items();
  if (jobs.length > 0) return jobs.some((job) => !isShared(job) && !isLocal(job));
  const endpoint = config.at('endpoint').textOr('');
  return endpoint !== undefined && (endpoint === '' || !isLocalHost(endpoint));
}

/** Relabelling keeps a part of the targets in each instance. */
function isShared(job: Setting): boolean {
  return job
    .at('relabel_configs')
    .items()
    .some((rule) => rule.at('action').textOr('') === 'hashmod');
}

/** Its targets are on the instance itself. */
function isLocal(job: Setting): boolean {
  const discovers = job.entries().some(([key]) => key.endsWith('_sd_configs'));
  const targets = job
    .at('static_configs')
    .items()
    .flatMap((group) => group.at('targets').items());
  // One that cannot be known here is a variable of the instance, such as its address.
  return !discovers && targets.every((target) => target.isUnknown || isLocalHost(target.textOr('') ?? ''));
}

function isLocalHost(address: string): boolean {
  const { host } = splitHostPort(address);
  return host !== undefined && (isLoopback(host) || host === '0.0.0.0');
}
