import { OttlError } from '../../ottl-error.js';

/** Runs a step, and names it in front of the message if it fails. */
export function withPrefix<T>(prefix: string, step: () => T): T {
  try {
    return step();
  } catch (error) {
    if (error instanceof OttlError) throw new OttlError(`${prefix}: ${error.message}`);
    throw error;
  }
}
