const hidden = '***';
/** Only these are shown as the scheme of a URL: anything else there may be a password in the wrong place. */
const known = /^(?:https?|grpcs?|dns|passthrough|unix|socks[45]?|file|tcp|udp):\/\//i;

/**
 * A URL as a message, a log line, a span or a label may show it: `***` stands for user and password, for every value
 * of the query and for the fragment. Any text is taken, because a mistyped URL holds its secrets too; one without them
 * comes back as it is.
 */
export function shownUrl(text: string): string {
  const parsed = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = known.exec(text)?.[0] ?? '';
  // The client's reading decides what is a user, in whatever way that is written.
  if (parsed && (parsed.username !== '' || parsed.password !== ''))
    return (
      `${scheme === '' && !/^https?:$/.test(parsed.protocol) ? hidden : parsed.protocol.slice(0, -1)}://${hidden}@` +
      `${parsed.host}${parsed.pathname}${shownQuery(parsed.search + parsed.hash)}`
    );
  const rest = scheme === '' ? text.replace(/^[^/?#]*:\/\//, `${hidden}://`) : text.slice(scheme.length);
  // In text that is no URL, or one without //, a password may hold / and ?, so that the last @ of all ends it.
  const at = parsed && scheme !== '' ? -1 : rest.lastIndexOf('@');
  const shown = at < 0 ? rest : rest.slice(at + 1);
  const query = shown.search(/[?#]/);
  const end = query < 0 ? shown : shown.slice(0, query) + shownQuery(shown.slice(query));
  return `${scheme}${at < 0 ? '' : `${hidden}@`}${end}`;
}

/**
 * A text as a message may show it that refuses it as no URL: its scheme and its punctuation. It may be a password that
 * was put in the wrong place, so that every word of four characters or more is `***`.
 */
export function shownNoUrl(text: string): string {
  const scheme = known.exec(text)?.[0] ?? '';
  return scheme + text.slice(scheme.length).replace(/[^\s:/?#[\]@&=]{4,}/g, hidden);
}

/** `?token=abc&x#part` as `?token=***&***#***`. */
function shownQuery(text: string): string {
  const [query = '', ...fragment] = text.split('#');
  const parts = query.slice(1).split('&').map(shownParameter);
  return `${query.slice(0, 1)}${parts.join('&')}${fragment.length === 0 ? '' : `#${hidden}`}`;
}

function shownParameter(text: string): string {
  const value = text.indexOf('=') + 1;
  return value === text.length ? text : text.slice(0, value) + hidden;
}
