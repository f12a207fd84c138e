import type { Clock, Random } from '../component/clock.js';
import type { Clients } from '../metadata/clients.js';

/** The things that keys of AWS are found with. */
export interface AwsServices {
  readonly clients: Clients;
  /** The environment of the process. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly random: Random;
}
