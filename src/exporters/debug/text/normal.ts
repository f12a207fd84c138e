import type { Batch } from '../../../otlp/batch.js';
import { Backing } from '../../../otlp/view/backing.js';
import { LogRecordView } from '../../../otlp/view/log-record.js';
import type { MessageView } from '../../../otlp/view/message.js';
import { MetricView } from '../../../otlp/view/metric.js';
import { ProfileView } from '../../../otlp/view/profile.js';
import type { Range } from '../../../otlp/view/range.js';
import { SpanView } from '../../../otlp/view/span.js';
import { writePairs } from './attributes.js';
import { writeLevels, type LevelWriter } from './levels.js';
import { writeMetricLines } from './normal-metrics.js';
import { idText } from './number.js';
import type { TextPage, Writing } from './text-page.js';
import { DictionaryTables } from './dictionary-tables.js';
import { writePlain } from './value.js';

/** One line for each resource, scope and item. */
export function* writeNormal(page: TextPage, batch: Batch): Writing {
  switch (batch.signal) {
    case 'traces':
      yield* writeLevels(page, batch, new SpanView(), levels(page, 'Traces', writeSpanLine));
      return;
    case 'logs':
      yield* writeLevels(page, batch, new LogRecordView(), levels(page, 'Log', writeRecordLine));
      return;
    case 'metrics':
      yield* writeLevels(page, batch, new MetricView(), levels(page, 'Metrics', writeMetricLines));
      return;
    case 'profiles':
      yield* writeProfiles(page, batch);
  }
}

function* writeProfiles(page: TextPage, batch: Batch): Writing {
  const backing = new Backing();
  backing.bytes = batch.bytes;
  const tables = new DictionaryTables(backing);
  yield* tables.read(page);
  const write = (_page: TextPage, profile: ProfileView, samples: number): Writing =>
    writeProfileLine(page, profile, samples, tables);
  yield* writeLevels(page, batch, new ProfileView(), levels(page, 'Profiles', write, tables));
}

function levels<Item extends MessageView>(
  page: TextPage,
  name: string,
  write: (page: TextPage, item: Item, units: number) => Writing,
  tables?: DictionaryTables,
): LevelWriter<Item> {
  return {
    *writeResource(cursor, number) {
      page.add(`Resource${name} #${number}`);
      addSchemaUrl(page, cursor.resourceSchemaUrl);
      yield* writePairs(page, cursor.resource, ' ', ' ', tables);
      page.add('\n');
    },
    *writeScope(cursor, number) {
      const { scope } = cursor;
      page.add(`Scope${name} #${number}${scope.name.length + scope.version.length > 0 ? ' ' : ''}`);
      page.addText(scope.name);
      if (scope.version.length > 0) page.add('@');
      page.addText(scope.version);
      addSchemaUrl(page, cursor.scopeSchemaUrl);
      yield* writePairs(page, scope, ' ', ' ', tables);
      page.add('\n');
    },
    writeItem: (item, _number, units) => write(page, item, units),
  };
}

function addSchemaUrl(page: TextPage, url: Range): void {
  if (url.length === 0) return;
  page.add(' [');
  page.addText(url);
  page.add(']');
}

function* writeSpanLine(page: TextPage, span: SpanView): Writing {
  page.addText(span.name);
  page.add(` ${idText(span.traceId)} ${idText(span.spanId)}`);
  yield* writePairs(page, span, ' ', ' ');
  page.add('\n');
}

function* writeRecordLine(page: TextPage, record: LogRecordView): Writing {
  yield* writePlain(page, record.body);
  page.add(' ');
  yield* writePairs(page, record, '', ' ');
  page.add('\n');
}

function* writeProfileLine(page: TextPage, profile: ProfileView, samples: number, tables: DictionaryTables): Writing {
  page.add(`${idText(profile.profileId)} samples=${samples}`);
  page.readMessage(profile);
  for (const index = profile.attributeIndices(); index.next();) {
    const attribute = tables.attribute(index.value);
    page.add(' ');
    tables.addString(page, attribute.keyStrindex);
    page.add('=');
    yield* writePlain(page, attribute.value, tables);
    if (page.isFull) yield;
  }
  page.add('\n');
}
