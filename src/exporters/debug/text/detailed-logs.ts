import type { LogRecordView } from '../../../otlp/view/log-record.js';
import { writeAttributes } from './attributes.js';
import { idText } from './number.js';
import type { TextPage, Writing } from './text-page.js';
import { timeText } from './time.js';
import { writeTyped } from './value.js';

const severities = [
  'Unspecified',
  ...['Trace', 'Debug', 'Info', 'Warn', 'Error', 'Fatal'].flatMap((level) => [
    level,
    `${level}2`,
    `${level}3`,
    `${level}4`,
  ]),
];

export function* writeRecord(page: TextPage, record: LogRecordView, number: number): Writing {
  const { severityNumber } = record;
  page.add(
    `LogRecord #${number}\nObservedTimestamp: ${timeText(record.observedTimeUnixNano)}\n` +
      `Timestamp: ${timeText(record.timeUnixNano)}\nSeverityText: `,
  );
  page.addText(record.severityText);
  page.add(`\nSeverityNumber: ${severities[severityNumber] ?? ''}(${severityNumber})\n`);
  if (record.eventName.length > 0) {
    page.add('EventName: ');
    page.addText(record.eventName);
    page.add('\n');
  }
  page.add('Body: ');
  yield* writeTyped(page, record.body);
  page.add('\n');
  yield* writeAttributes(page, 'Attributes:', record);
  page.add(`Trace ID: ${idText(record.traceId)}\nSpan ID: ${idText(record.spanId)}\nFlags: ${record.flags}\n`);
}
