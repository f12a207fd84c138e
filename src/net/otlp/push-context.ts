import type { SignalContext } from '../../component/define.js';

/** As much of a component's context as sending takes, so that what is no component can send as well. */
export type PushContext = Pick<
  SignalContext,
  'signal' | 'clock' | 'random' | 'logger' | 'meter' | 'tracer' | 'buildInfo'
> &
  Partial<Pick<SignalContext, 'budget'>>;
