import { validate } from '../../src/otlp/wire/validate.js';
import { resultAtOnce } from '../../src/otlp/work.js';
import { ExpositionFault } from '../../src/receivers/prometheus/parse/fault.js';
import { ProtoParser } from '../../src/receivers/prometheus/parse/proto.js';
import { TextParser } from '../../src/receivers/prometheus/parse/text.js';
import { Appender } from '../../src/receivers/prometheus/series/appender.js';
import { ScrapeBatches } from '../../src/receivers/prometheus/series/batches.js';
import { ScrapeStore } from '../../src/receivers/prometheus/series/store.js';
import { law } from './law.js';
import type { Target } from './targets.js';

const rules = {
  target: new Map([
    ['job', 'j'],
    ['instance', 'i:1'],
  ]),
  externalLabels: new Map<string, string>(),
  honorLabels: false,
  honorTimestamps: true,
  trackTimestamps: false,
  relabel: [],
  limits: { samples: 0, labels: 0, labelName: 0, labelValue: 0 },
};
const options = { version: '0', scheme: 'http', trimSuffixes: false, trackTimestamps: false };

/** One scrape with this body; a few words about what became of it. */
function scrape(store: ScrapeStore, body: Buffer, format: number): string {
  const appender = new Appender(store, rules, 1_700_000_000_000 + store.scrape, body);
  const parser =
    format === 2
      ? new ProtoParser(body, { native: true, classic: true }, appender)
      : new TextParser(body, format === 1 ? 'openmetrics' : 'text', appender);
  let fault = '';
  try {
    resultAtOnce(parser.parse());
    appender.succeed();
  } catch (error) {
    if (!(error instanceof ExpositionFault)) throw error;
    // Without what it quotes.
    fault = error.message.replace(/[:,] .*|".*/s, '').slice(0, 40);
    appender.fail();
  }
  appender.report('up', fault === '' ? 1 : 0);
  resultAtOnce(appender.ends());
  const batches = new ScrapeBatches(store, options, appender.exemplars, body);
  let points = 0;
  for (let batch = resultAtOnce(batches.next()); batch; batch = resultAtOnce(batches.next())) {
    law(validate('metrics', batch.bytes).itemCount === batch.itemCount, 'the batch does not count its points');
    points += batch.itemCount;
  }
  law(points >= 1, 'nothing was said of the scrape itself');
  law(appender.kept <= appender.scraped && appender.added <= appender.kept, 'the samples do not add up');
  return `${fault} ${Math.min(points, 4)} ${Math.min(appender.unusable + batches.unusable, 1)}`;
}

/** The answer of a Prometheus target. The first byte chooses the format; the body comes twice, and then empty. */
export const expositions: Target = {
  name: 'expositions',
  share: 0.3,
  seeds: [
    '\0# HELP a_total b\\n\n# TYPE a_total counter\na_total{x="1",y="\\"\\\\\\n' +
      '"} 1 1600000000000\n b 2e5\n{"ü x",k="v"} +Inf',
    '\0# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\n' +
      'h_sum 1\nh_count 2\n# TYPE s summary\ns{quantile="0.5"} 1\ns_count 1\n',
    '\x01# TYPE a counter\n# UNIT a_s s\na_total 1 16.5 # {trace_id="1"} 2 3\na_created 5\n# EOF\n',
    '\x01# TYPE i info\ni_info{a="b"} 1\n# TYPE d stateset\nd{d="x"} 0\n' +
      '# TYPE g gaugehistogram\ng_bucket{le="1"} 1\n# EOF',
    '\0target_info{a="b"} 1\na{otel_scope_name="x",otel_scope_y="z"} 1\na 1\na 2\n',
  ]
    .map((text) => Buffer.from(text))
    .concat(
      // A gauge, a native histogram, a family without samples, and broken ones.
      [
        '02180a01611801221108ff220a060a0178120179120909000000000000f03f',
        '02230a01681804221c3a1a080228006204080010016a010262040802100168026a01017a020805',
        '020b0a016718012205120309',
        '02050a01611802',
        '0205ff',
      ].map((hex) => Buffer.from(hex, 'hex')),
    ),
  run(input) {
    const store = new ScrapeStore();
    const body = Buffer.from(input.subarray(1));
    const format = (input[0] ?? 0) % 3;
    const first = scrape(store, body, format);
    const second = scrape(store, body, format);
    law(first === second || first === '' || !first.startsWith(' '), `the same body came to ${first} and to ${second}`);
    const before = store.memory;
    scrape(store, Buffer.alloc(0), 0);
    law(store.memory <= before + 4096, 'an empty body took memory');
    resultAtOnce(store.rebuilt());
    return `${format} ${first}`;
  },
};
