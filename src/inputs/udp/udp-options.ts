import { group, int, section, type Report, type Schema, type Shape } from '../../component/schema/schema.js';
import { checkLineOptions, lineShape, type LineConfig } from '../line-options.js';
import { listenAddress } from '../listen-address.js';

/** How much of an input on UDP may be under way at once. */
export interface AsyncConfig {
  readonly readers: number;
  readonly processors: number;
  readonly max_queue_length: number;
}

/** The options of an input on UDP. */
export interface UdpInputConfig extends LineConfig {
  readonly listen_address: string;
  readonly async: AsyncConfig | undefined;
}

/** Datagrams that wait for the pipeline, and batches under way in it, where `async` does not say. */
export const defaultWaiting = 1000;
export const defaultUnderWay = 4;

const atLeastOne = (value: number): string | undefined => (value < 1 ? 'must be at least 1' : undefined);

const asyncOption: Schema<AsyncConfig | undefined> = section<AsyncConfig>(
  group<AsyncConfig>({
    readers: int(
      1,
      { about: 'Has no effect: one thread takes the datagrams as fast as they come, or workers do (`--workers`).' },
      atLeastOne,
    ),
    processors: int(1, { about: 'Batches that may be under way in the pipeline at once.' }, atLeastOne),
    max_queue_length: int(
      100,
      { about: 'Datagrams that wait while the pipeline takes nothing; further ones are dropped.' },
      atLeastOne,
    ),
  }),
  { absent: 'off', empty: 'on' },
  { about: `How much may wait. Not set: ${defaultWaiting} datagrams, and ${defaultUnderWay} batches under way.` },
);

export function udpShape(example: string): Shape<UdpInputConfig> {
  return { ...lineShape, listen_address: listenAddress('udp', example), async: asyncOption };
}

export function checkUdp(value: UdpInputConfig, report: Report): void {
  checkLineOptions(value, report);
}
