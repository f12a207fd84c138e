import type { TextFault } from '../../component/config-value-error.js';
import { shownUrl } from '../../component/shown-url.js';

const port = /:(\d{1,5})$/;

/**
 * The reason why a name with a resolver's scheme, such as `passthrough:///host:port`, can never be connected to.
 * The Collector finds it with every attempt to connect.
 */
export function targetFault(endpoint: string): TextFault | undefined {
  const [, scheme = '', rest = ''] = /^([a-z][a-z0-9+.-]*):(?:\/\/[^/]*)?\/(.*)$/is.exec(endpoint) ?? [];
  switch (scheme.toLowerCase()) {
    case '':
    case 'http':
    case 'https':
    case 'unix':
      return undefined;
    case 'dns':
    case 'passthrough': {
      const number = Number(port.exec(rest)?.[1] ?? 0);
      return number > 0 && number <= 65_535
        ? undefined
        : {
            message: `address ${shownUrl(endpoint)}: missing port in address`,
            hint: `Write it with its port: ${scheme}:///${shownUrl(rest).replace(/:[^:]*$/, '') || 'host'}:4317.`,
          };
    }
    default:
      return {
        message: `address ${shownUrl(endpoint)}: no resolver has this scheme`,
        hint: 'Write host:port, or one of dns:///host:port, passthrough:///host:port and unix:///path.',
      };
  }
}
