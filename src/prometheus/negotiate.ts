import { escapings, type Escaping } from './escaping.js';

export type PageFormat = 'text' | 'open-metrics-0.0.1' | 'open-metrics-1.0.0' | 'protobuf';

export interface Negotiated {
  readonly format: PageFormat;
  readonly escaping: Escaping;
  readonly contentType: string;
}

const types: Readonly<Record<PageFormat, string>> = {
  text: 'text/plain; version=0.0.4; charset=utf-8',
  'open-metrics-0.0.1': 'application/openmetrics-text; version=0.0.1; charset=utf-8',
  'open-metrics-1.0.0': 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  protobuf: 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited',
};

/** More of a header is not read, characters. */
const mostRead = 4096;

/** The format of a page that a scraper asks for with `Accept`; one that is not known gets plain text. */
export function negotiate(accept: string | undefined, openMetrics: boolean): Negotiated {
  let escaping: Escaping = 'underscores';
  for (const { type, parameters } of ranges((accept ?? '').slice(0, mostRead))) {
    const asked = parameters.get('escaping') ?? '';
    if (escapings.includes(asked)) escaping = asked as Escaping;
    const format = formatOf(type, parameters, openMetrics);
    if (format) return result(format, escaping);
  }
  return result('text', escaping);
}

function result(format: PageFormat, escaping: Escaping): Negotiated {
  return { format, escaping, contentType: `${types[format]}; escaping=${escaping}` };
}

function formatOf(type: string, parameters: ReadonlyMap<string, string>, openMetrics: boolean): PageFormat | undefined {
  const version = parameters.get('version') ?? '';
  if (type === 'application/vnd.google.protobuf')
    return parameters.get('proto') === 'io.prometheus.client.MetricFamily' && parameters.get('encoding') === 'delimited'
      ? 'protobuf'
      : undefined;
  if (type === 'text/plain') return version === '0.0.4' || version === '' ? 'text' : undefined;
  if (type !== 'application/openmetrics-text' || !openMetrics) return undefined;
  if (version === '1.0.0') return 'open-metrics-1.0.0';
  return version === '0.0.1' || version === '' ? 'open-metrics-0.0.1' : undefined;
}

interface MediaRange {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/** The media ranges of the header, the most wanted first. */
function ranges(accept: string): MediaRange[] {
  return accept
    .split(',')
    .map((written) => {
      const [type = '', ...rest] = written.split(';').map((part) => part.trim());
      const parameters = new Map(
        rest.map((parameter): [string, string] => {
          const equals = parameter.indexOf('=');
          const value = equals < 0 ? '' : parameter.slice(equals + 1).trim();
          return [parameter.slice(0, equals < 0 ? undefined : equals).trim(), value.replace(/^"(.*)"$/, '$1')];
        }),
      );
      const quality = Number(parameters.get('q') ?? 1);
      return { type: type.toLowerCase(), quality: Number.isNaN(quality) ? 1 : quality, parameters };
    })
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality);
}
