import type { FinishedSpan } from '../../component/recent-spans.js';
import type { Batch } from '../../otlp/batch.js';
import { SpanBuilder } from '../../otlp/build/spans.js';
import { addAll, type OwnOrigin } from './values.js';

/** The flags of a sampled span: only those are exported. */
const sampled = 1;

/** A batch of own spans. */
export function spanBatch({ resource, scope }: OwnOrigin, spans: readonly FinishedSpan[]): Batch {
  const builder = new SpanBuilder();
  addAll(builder.resource(), resource).scope(scope.name, scope.version);
  for (const span of spans) addSpan(builder, span);
  return builder.finish();
}

function addSpan(builder: SpanBuilder, span: FinishedSpan): void {
  const { context, dropped } = span;
  builder.span(span.name, span.kind).ids(context.traceId, context.spanId, span.parent?.spanId);
  builder.context(context.state, sampled).times(span.startMs, span.endMs);
  addAll(builder, span.attributes).dropped(dropped.attributes, dropped.events, dropped.links);
  for (const { timeMs, name, attributes } of span.events) addAll(builder.event(name, timeMs), attributes);
  for (const { traceId, spanId, state } of span.links) builder.link(traceId, spanId, state);
  if (span.failure !== undefined) builder.status('error', span.failure);
}
