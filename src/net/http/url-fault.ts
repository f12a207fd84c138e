import type { TextFault } from '../../component/config-value-error.js';
import { shownNoUrl, shownUrl } from '../../component/shown-url.js';

/** The reason why no request can be sent to a URL; undefined: none. `what` names the option. */
export function httpUrlFault(url: string, what: string): TextFault | undefined {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed && /^https?:$/.test(parsed.protocol)) return undefined;
  if (/^[\w.-]+(?::\d+)?(?:\/|$)/.test(url) && URL.canParse(`http://${url}`))
    return {
      message: `${what} must be a valid URL: ${JSON.stringify(shownUrl(url))} has no scheme`,
      hint: `Write http://${shownUrl(url)}, or https:// with TLS.`,
    };
  if (parsed && url.includes('://'))
    return {
      message: `${what} must be a valid URL: its scheme is not http or https`,
      hint: 'Write http://host:port or https://host:port.',
    };
  return {
    message: `${what} must be a valid URL: ${JSON.stringify(shownNoUrl(url))} is none`,
    hint: 'Write http://host:port or https://host:port.',
  };
}
