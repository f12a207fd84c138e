import type { TelemetrySpec } from '../../component/define.js';
import { sendFailed, sent } from '../../delivery/metrics.js';
import { signals } from '../../otlp/signal.js';

/** Sent and failed items are counted as by every exporter. */
export const telemetry: TelemetrySpec = {
  metrics: signals.flatMap((signal) => [sent(signal), sendFailed(signal)]),
  reasons: {
    no_group: 'The resource has no text under the attribute that `group_by` names.',
    write_failed: 'The file could not be written, to the very end.',
    buffer_full: 'More waits for its file than may wait: the disk is slower than the senders, or full.',
    shutdown: 'The service ended, and the file took nothing for a second more.',
    too_large: 'One request is larger than a whole file may be.',
  },
};
