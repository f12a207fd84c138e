import type { WriterAction } from './config.js';
import type { Standing } from './judge.js';
import type { FenceReason } from './telemetry.js';

/** The outcome of a point: it passes, is given the attribute of its writer, or is dropped with a reason. */
export type Effect = 'pass' | 'tag' | FenceReason;

/**
 * The effect of an action on a point. `isDelta`: a repeated one would be counted twice; `mayRepeat`: the first one was
 * not delivered.
 */
export function effectOf(action: WriterAction, standing: Standing, isDelta: boolean, mayRepeat: boolean): Effect {
  if (action === 'report') return 'pass';
  if (action === 'tag') return standing === 'foreign' ? 'tag' : 'pass';
  switch (standing) {
    case 'foreign':
      return 'second_writer';
    case 'contradicting':
      return 'contradicting';
    case 'repeated':
      return isDelta && !mayRepeat ? 'repeated' : 'pass';
    default:
      return 'pass';
  }
}
