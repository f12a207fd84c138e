import { escapeName, isLegacyLabel, isLegacyName, type Escaping } from './escaping.js';
import { escapedLabels, namesStay } from './escaped-labels.js';
import { exemplarsByBucket } from './exemplars.js';
import type { ExposedExemplar, ExposedFamily, ExposedSeries, FamilyType } from './exposed.js';
import { LabelReader } from './labels.js';
import { floatText, numberText } from './number-text.js';
import type { PageBuffer } from './page-buffer.js';
import type { PageOptions, PageWriter } from './page-writer.js';

const none: readonly (ExposedExemplar | undefined)[] = [];

const comma = 44;
const open = 123;
const close = 125;
const space = 32;
const newline = 10;
const quote = 34;

const textTypes: Readonly<Record<FamilyType, string>> = {
  counter: 'counter',
  gauge: 'gauge',
  histogram: 'histogram',
  summary: 'summary',
  unknown: 'untyped',
};

/** Writes the text format 0.0.4, or OpenMetrics with `openMetrics`. */
export class PageTextWriter implements PageWriter {
  readonly #out: PageBuffer;
  readonly #openMetrics: boolean;
  readonly #escaping: Escaping;
  readonly #labels: LabelReader = new LabelReader();
  readonly #timestamps: boolean;
  readonly #number: (value: number) => string;
  #name = '';
  #type: FamilyType = 'unknown';
  /** Where the labels of the present series stand in the page: from, to. */
  #from = 0;
  #to = 0;

  constructor(out: PageBuffer, options: PageOptions & { readonly openMetrics: boolean }) {
    this.#out = out;
    this.#timestamps = options.timestamps;
    this.#openMetrics = options.openMetrics;
    this.#escaping = options.escaping;
    this.#number = options.openMetrics ? floatText : numberText;
  }

  family({ name, type, help }: ExposedFamily): void {
    const out = this.#out;
    this.#name = escapeName(name, this.#escaping);
    this.#type = type;
    const isTotal = type === 'counter' && this.#name.endsWith('_total');
    // OpenMetrics names a counter without its suffix; a counter that has none can't be one there.
    const shown = quoted(this.#openMetrics && isTotal ? this.#name.slice(0, -6) : this.#name);
    out.text(`# HELP ${shown} `);
    const bytes = Buffer.from(help);
    out.escaped(bytes, 0, bytes.length, this.#openMetrics);
    const word = this.#openMetrics ? (type === 'counter' && !isTotal ? 'unknown' : type) : textTypes[type];
    out.text(`\n# TYPE ${shown} ${word}\n`);
  }

  series(series: ExposedSeries): void {
    const { data } = series;
    this.#from = this.#to = -1;
    switch (data.kind) {
      case 'number': {
        const last = this.#openMetrics && this.#type === 'counter' ? series.exemplars.at(-1) : undefined;
        return this.#line(series, '', '', this.#number(data.value), last);
      }
      case 'summary':
        data.quantiles.forEach((quantile, i) =>
          this.#line(series, '', `quantile="${this.#number(quantile)}"`, this.#number(data.values[i] ?? 0)),
        );
        return this.#totals(series, data.sum, data.count);
      case 'histogram': {
        const exemplars = this.#openMetrics ? exemplarsByBucket(data.bounds, series.exemplars) : none;
        let sum = 0;
        data.bounds.forEach((bound, i) => {
          sum += data.counts[i] ?? 0;
          // The last bound may be infinity itself.
          if (bound === Infinity) return;
          this.#line(series, '_bucket', `le="${this.#number(bound)}"`, String(sum), exemplars[i]);
        });
        this.#line(series, '_bucket', 'le="+Inf"', String(data.count), exemplars[data.bounds.length]);
        return this.#totals(series, data.sum, data.count);
      }
      case 'native':
        // The text formats have no words for native buckets.
        this.#line(series, '_bucket', 'le="+Inf"', String(data.count));
        return this.#totals(series, data.sum, data.count);
    }
  }

  end(): void {
    if (this.#openMetrics) this.#out.text('# EOF\n');
  }

  #totals(series: ExposedSeries, sum: number, count: number): void {
    this.#line(series, '_sum', '', this.#number(sum));
    this.#line(series, '_count', '', String(count));
  }

  #line(series: ExposedSeries, suffix: string, extra: string, value: string, exemplar?: ExposedExemplar): void {
    const out = this.#out;
    const name = this.#name + suffix;
    const plain = isLegacyName(name);
    if (plain) out.text(name);
    const hasLabels = series.labels.length > 0;
    if (hasLabels || extra !== '' || !plain) {
      out.byte(open);
      if (!plain) out.text(quoted(name));
      if (hasLabels) {
        if (!plain) out.byte(comma);
        this.#writeLabels(series.labels);
      }
      if (extra !== '') {
        if (hasLabels || !plain) out.byte(comma);
        out.text(extra);
      }
      out.byte(close);
    }
    out.byte(space);
    out.text(value);
    if (this.#timestamps && series.timeMs !== undefined)
      out.text(` ${this.#openMetrics ? floatText(series.timeMs / 1000) : String(series.timeMs)}`);
    if (exemplar) this.#writeExemplar(exemplar);
    out.byte(newline);
  }

  #writeExemplar({ labels, value, time }: ExposedExemplar): void {
    if (labels.length === 0) return;
    this.#out.text(` # {${labels.map(([name, text]) => `${name}="${text}"`).join(',')}} ${floatText(value)}`);
    this.#out.text(` ${floatText(time)}`);
  }

  /** The labels of a series are made once, and copied for each further line. */
  #writeLabels(labels: Uint8Array): void {
    const out = this.#out;
    if (this.#from >= 0) return out.again(this.#from, this.#to);
    this.#from = out.length;
    const reader = this.#labels.open(labels);
    if (namesStay(reader, this.#escaping)) {
      reader.open(labels);
      for (let first = true; reader.next(); first = false) {
        if (!first) out.byte(comma);
        out.run(reader.bytes, reader.nameFrom, reader.nameTo);
        this.#writeValue(reader);
      }
    } else this.#writeEscaped(labels);
    this.#to = out.length;
  }

  #writeValue({ bytes, valueFrom, valueTo }: LabelReader): void {
    this.#out.text('="');
    this.#out.escaped(bytes, valueFrom, valueTo, true);
    this.#out.byte(quote);
  }

  /** Names that become equal are one label: a page with a label twice would be refused as a whole. */
  #writeEscaped(labels: Uint8Array): void {
    const out = this.#out;
    escapedLabels(this.#labels.open(labels), this.#escaping).forEach(([name, value], i) => {
      const bytes = Buffer.from(value);
      out.text(`${i > 0 ? ',' : ''}${isLegacyLabel(name) ? name : quoted(name)}="`);
      out.escaped(bytes, 0, bytes.length, true);
      out.byte(quote);
    });
  }
}

/** A name in quotation marks, unless it needs none. */
function quoted(name: string): string {
  if (isLegacyName(name)) return name;
  return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
}
