import type { SpanView } from '../../../otlp/view/span.js';
import { writeAttributes } from './attributes.js';
import { idText } from './number.js';
import type { TextPage, Writing } from './text-page.js';
import { timeText } from './time.js';

const kinds = ['Unspecified', 'Internal', 'Server', 'Client', 'Producer', 'Consumer'];
const statusCodes = ['Unset', 'Ok', 'Error'];

/** The indent of the attributes of events and links. */
const deeper = '          ';

export function* writeSpan(page: TextPage, span: SpanView, number: number): Writing {
  page.add(
    `Span #${number}\n    Trace ID       : ${idText(span.traceId)}\n` +
      `    Parent ID      : ${idText(span.parentSpanId)}\n    ID             : ${idText(span.spanId)}\n` +
      '    Name           : ',
  );
  page.addText(span.name);
  page.add(`\n    Kind           : ${kinds[span.kind] ?? ''}\n`);
  if (span.traceState.length > 0) {
    page.add('    TraceState     : ');
    page.addText(span.traceState);
    page.add('\n');
  }
  page.add(
    `    Start time     : ${timeText(span.startTimeUnixNano)}\n` +
      `    End time       : ${timeText(span.endTimeUnixNano)}\n` +
      `    Status code    : ${statusCodes[span.status.code] ?? ''}\n    Status message : `,
  );
  page.addText(span.status.message);
  page.add(
    `\n    DroppedAttributesCount: ${span.droppedAttributesCount}\n` +
      `    DroppedEventsCount: ${span.droppedEventsCount}\n    DroppedLinksCount: ${span.droppedLinksCount}\n`,
  );
  yield* writeAttributes(page, 'Attributes:', span);
  yield* writeEvents(page, span);
  yield* writeLinks(page, span);
}

function* writeEvents(page: TextPage, span: SpanView): Writing {
  page.readMessage(span);
  const event = span.events();
  for (let i = 0; event.next(); i++) {
    page.add(`${i === 0 ? 'Events:\n' : ''}SpanEvent #${i}\n     -> Name: `);
    page.addText(event.name);
    page.add(
      `\n     -> Timestamp: ${timeText(event.timeUnixNano)}\n` +
        `     -> DroppedAttributesCount: ${event.droppedAttributesCount}\n`,
    );
    yield* writeAttributes(page, '     -> Attributes::', event, deeper);
    if (page.isFull) yield;
  }
}

function* writeLinks(page: TextPage, span: SpanView): Writing {
  page.readMessage(span);
  const link = span.links();
  for (let i = 0; link.next(); i++) {
    page.add(
      `${i === 0 ? 'Links:\n' : ''}SpanLink #${i}\n     -> Trace ID: ${idText(link.traceId)}\n` +
        `     -> ID: ${idText(link.spanId)}\n     -> TraceState: `,
    );
    page.addText(link.traceState);
    page.add(`\n     -> DroppedAttributesCount: ${link.droppedAttributesCount}\n`);
    yield* writeAttributes(page, '     -> Attributes::', link, deeper);
    if (page.isFull) yield;
  }
}
