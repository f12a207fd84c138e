import type { Logger, Meter } from '../component/telemetry.js';

const nothing = (): void => {};

/** A log and a meter that discard everything, for components that are built only to check a configuration. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
  withoutCaller: () => silentLogger,
  whole: () => silentLogger,
  room: () => undefined,
};
export const silentMeter: Meter = {
  level: 'none',
  counter: () => ({ add: nothing }),
  histogram: () => ({ record: nothing }),
  observe: () => nothing,
};
