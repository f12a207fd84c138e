import type { Batch } from '../../../otlp/batch.js';
import { BatchCursor } from '../../../otlp/view/batch-cursor.js';
import type { MessageView } from '../../../otlp/view/message.js';
import type { TextPage, Writing } from './text-page.js';

/** Writes what one verbosity shows of the resources, scopes and items of one signal. */
export interface LevelWriter<Item extends MessageView> {
  writeResource(cursor: BatchCursor<Item>, number: number): Writing;
  writeScope(cursor: BatchCursor<Item>, number: number): Writing;
  writeItem(item: Item, number: number, units: number): Writing;
}

export function* writeLevels<Item extends MessageView>(
  page: TextPage,
  batch: Batch,
  item: Item,
  writer: LevelWriter<Item>,
): Writing {
  const cursor = new BatchCursor(item);
  const { index } = batch;
  cursor.open(batch);
  for (let i = 0; cursor.nextResource(); i++) {
    page.readMessage(cursor.resource);
    page.read(index.resourceTo(cursor.resourceRow) - index.resourceFrom(cursor.resourceRow));
    yield* writer.writeResource(cursor, i);
    if (page.isFull) yield;
    for (let j = 0; cursor.nextScope(); j++) {
      page.readMessage(cursor.scope);
      page.read(index.scopeTo(cursor.scopeRow) - index.scopeFrom(cursor.scopeRow));
      yield* writer.writeScope(cursor, j);
      if (page.isFull) yield;
      for (let k = 0; cursor.nextItem(); k++) {
        page.readMessage(item);
        yield* writer.writeItem(item, k, cursor.units);
        page.shown = cursor.unit + cursor.units;
        if (page.isFull) yield;
      }
    }
  }
}
