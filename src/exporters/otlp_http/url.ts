import { exportPaths } from '../../net/otlp/services.js';
import type { Signal } from '../../otlp/signal.js';
import type { Config } from './config.js';

/** Where a signal goes. Throws at creation what the Collector refuses there. */
export function signalUrl(config: Config, signal: Signal): string {
  const given = config[`${signal}_endpoint`];
  if (given !== '') {
    if (!isUrl(given)) throw new Error(`${signal}_endpoint must be a valid URL`);
    return given;
  }
  if (config.endpoint === '') throw new Error(`either endpoint or ${signal}_endpoint must be specified`);
  if (!isUrl(config.endpoint)) throw new Error('endpoint must be a valid URL');
  return `${config.endpoint}${config.endpoint.endsWith('/') ? '' : '/'}${exportPaths[signal]}`;
}

/**
 * The URLs that Go's parser accepts: nearly everything but a leading colon, spaces in the host and control characters.
 */
function isUrl(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text) || text.startsWith(':')) return false;
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):\/\//.exec(text);
  if (!scheme) return !/^[^/]*:[^/]*:/.test(text) || text.startsWith('[');
  try {
    const url = new URL(text);
    return url.hostname !== '' || scheme[1] === 'file';
  } catch {
    return false;
  }
}
