import type { TextFault } from '../../component/config-value-error.js';

/** The fault of `service::telemetry::logs::encoding`, in the Collector's words; undefined: none. */
export function encodingFault(encoding: string): TextFault | undefined {
  if (encoding === 'console' || encoding === 'json') return undefined;
  return {
    message:
      encoding === '' ? 'no encoder name specified' : `no encoder registered for name ${JSON.stringify(encoding)}`,
    hint: 'Use `console` for people or `json` for programs.',
  };
}
