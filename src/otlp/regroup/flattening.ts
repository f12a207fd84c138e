import { Batch } from '../batch.js';
import { tagOf } from '../fields.js';
import { Frames } from '../parts/frames.js';
import { RunLists } from '../parts/run-lists.js';
import type { InPieces } from '../work.js';
import { AddedBytes } from './added-bytes.js';
import { MessageTree } from './message-tree.js';
import { GroupsTooLarge, mostRepeated } from './regrouping.js';

// The signals number these fields alike.
const resourceTag = tagOf('TracesData', 'resource_spans');
const scopeTag = tagOf('ResourceSpans', 'scope_spans');

/** Items that are looked at in one piece of work: some milliseconds. */
const itemsAtOnce = 1 << 13;

/**
 * A batch whose rows have a resource and a scope of their own each; `regrouping` without keys joins them again. A batch
 * of which that is true already is returned itself, another one is the caller's. Resources and scopes without rows go.
 * Throws `GroupsTooLarge`.
 */
export function* flattening(batch: Batch): InPieces<Batch> {
  const { index } = batch;
  const rows = index.firstItem(index.scopeCount);
  if (rows === index.scopeCount && rows === index.resourceCount) return batch;
  const frames = new Frames(batch, new RunLists());
  const tree = new MessageTree(new AddedBytes(frames.source));
  let repeated = 0;
  const own = (message: number, list: number): void => {
    const { runs } = frames;
    for (let run = 0; run < runs.count(list); run++) tree.addRun(message, runs.from(list, run), runs.to(list, run));
    repeated += runs.length(list);
  };
  for (let r = 0; r < index.resourceCount; r++)
    for (let s = index.firstScope(r); s < index.firstScope(r + 1); s++) {
      for (let row = index.firstItem(s); row < index.firstItem(s + 1); row++) {
        const resource = tree.add(MessageTree.root, resourceTag);
        own(resource, frames.resource(r));
        const scope = tree.add(resource, scopeTag);
        own(scope, frames.scope(s));
        tree.addRun(scope, index.itemTag(row), index.itemTo(row));
        if (repeated > batch.bytes.length + mostRepeated)
          throw new GroupsTooLarge(
            `${rows} items with resources and scopes of their own would take more than ${mostRepeated >> 20} MiB`,
          );
        if (row % itemsAtOnce === 0) yield;
      }
      if (s % itemsAtOnce === 0) yield;
    }
  own(MessageTree.root, frames.aroundResources);
  return new Batch(batch.signal, yield* tree.encoding(), batch.itemCount);
}
