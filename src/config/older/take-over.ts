import { stringify } from 'yaml';
import type { MapNode } from '../node.js';
import type { Place } from '../place.js';
import { warningAt, type ConfigWarning } from '../warning.js';
import { healthPort } from './health-port.js';
import { loggingExporter } from './logging-exporter.js';
import { memoryBallast } from './memory-ballast.js';
import { metricsAddress } from './metrics-address.js';

/** A configuration, and what is to be said of it. */
export interface TakenOver {
  readonly root: MapNode;
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Rewrites what older versions of the Collector took, and configurations still have, in today's form, with a warning
 * that shows it: the `logging` exporter, the `memory_ballast` extension, `health_check::port` and
 * `service::telemetry::metrics::address`.
 */
export function takeOver(root: MapNode): TakenOver {
  let current = root;
  const warnings: ConfigWarning[] = [];
  for (const form of [loggingExporter, memoryBallast, healthPort, metricsAddress])
    current = form(current, (older) => warnings.push(warningOf(older)));
  return { root: current, warnings };
}

/** An older form that was found. */
export interface OlderForm {
  readonly path: string;
  readonly place: Place;
  readonly message: string;
  /** Today's form, as it may be shown. */
  readonly block: Readonly<Record<string, unknown>>;
}

export type ReportOlder = (older: OlderForm) => void;

function warningOf({ path, place, message, block }: OlderForm): ConfigWarning {
  const shown = stringify(block, { lineWidth: 0 }).trimEnd().replaceAll('\n', '\n    ');
  return warningAt(
    { path, place, message, hint: `Write instead:\n    ${shown}` },
    { instead: stringify(block, { collectionStyle: 'flow', lineWidth: 0 }).trimEnd() },
  );
}
