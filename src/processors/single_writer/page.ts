import type { PipelineContext } from '../../component/define.js';
import { table, type Page } from '../../component/page.js';
import { causes } from './causes.js';
import type { Config } from './config.js';
import { violations } from './judge.js';
import type { Reports } from './reports.js';
import type { State } from './state.js';

/** Which streams have several writers, and why. */
export function writersPage(
  { id, pipeline }: PipelineContext,
  { action }: Config,
  read: () => { readonly state: State; readonly reports: Reports },
): Page {
  return {
    path: `processor/${id}/${pipeline}/writers`,
    title: `Writers of metric streams: ${id} of ${pipeline}`,
    about: `streams with several writers, found by ${id} of ${pipeline}`,
    content() {
      const { state, reports } = read();
      const { streams, writers } = state;
      const findings = reports.findings();
      const at = (ms: number): string => new Date(ms).toISOString();
      return {
        blocks: [
          {
            kind: 'text',
            text:
              `Action ${action}. ${streams.count} streams of ${writers.count} writers, ${streams.bound.used} bytes. ` +
              `${findings.length} findings, newest first.`,
          },
          table(
            ['Last', 'Points', 'Metric', 'Resource', 'Writers', 'What', 'Likely cause', 'Remedy'],
            findings.map(({ lastAt, points, metric, resource, writers: names, violation, cause }) => [
              ...[at(lastAt), points, metric, resource, names.join(' and '), violations[violation]],
              ...[causes[cause].why, causes[cause].remedy],
            ]),
          ),
        ],
        json: {
          action,
          streams: streams.count,
          writers: writers.count,
          bytes: streams.bound.used,
          findings: findings.map(({ lastAt, firstAt, points, metric, resource, writers: names, violation, cause }) => ({
            ...{ first: at(firstAt), last: at(lastAt), data_points: points, metric, resource, writers: names },
            ...{ violation, cause, likely_cause: causes[cause].why, remedy: causes[cause].remedy },
          })),
        },
      };
    },
  };
}
