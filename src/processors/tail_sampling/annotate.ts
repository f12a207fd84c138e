import type { Batch } from '../../otlp/batch.js';
import { Double } from '../../otlp/build/any-value.js';
import { BatchEditor } from '../../otlp/edit/batch-editor.js';
import { key } from '../../otlp/view/key.js';
import { SpanView } from '../../otlp/view/span.js';
import { isEmptyId } from '../../sampling/empty-id.js';
import { probabilityOf } from '../../sampling/threshold.js';
import type { Verdict } from './rules/rules.js';

const decisionKey = key('kanmon.sampling.decision');
const policyKey = key('kanmon.sampling.policy');
const subPolicyKey = key('kanmon.sampling.sub_policy');
const probabilityKey = key('kanmon.sampling.probability');
const spansKey = key('kanmon.sampling.spans');

/**
 * The traces of a batch: the outcome + 1 of each, 0 for none; the number of spans up to its end; and how many it had
 * when it was decided.
 */
export interface Traces {
  readonly outcomes: readonly number[];
  readonly ends: readonly number[];
  readonly spans: readonly number[];
}

/** Sets attributes on the root spans of batches that leave: what was decided, and by which policy. */
export class Annotations {
  readonly #verdicts: readonly Verdict[];
  readonly #spans: BatchEditor<SpanView> = new BatchEditor(new SpanView());

  constructor(verdicts: readonly Verdict[]) {
    this.#verdicts = verdicts;
  }

  /** The batch with the attributes, which takes the place of the one given. */
  annotated(batch: Batch, traces: Traces): Batch {
    const { outcomes, ends } = traces;
    const spans = this.#spans;
    let trace = 0;
    let span = 0;
    for (spans.open(batch); spans.next(); span++) {
      while (trace < ends.length && span >= (ends[trace] ?? 0)) trace++;
      if (!isEmptyId(spans.item.parentSpanId)) continue;
      const verdict = this.#verdicts[(outcomes[trace] ?? 0) - 1];
      if (!verdict) continue;
      const { itemEditor } = spans;
      itemEditor.setAttribute(decisionKey, verdict.decision);
      if (verdict.policy !== undefined) itemEditor.setAttribute(policyKey, verdict.policy);
      if (verdict.subPolicy !== undefined) itemEditor.setAttribute(subPolicyKey, verdict.subPolicy);
      const { threshold } = verdict;
      if (threshold) itemEditor.setAttribute(probabilityKey, new Double(probabilityOf(threshold)));
      itemEditor.setAttribute(spansKey, traces.spans[trace] ?? 0);
    }
    const changed = spans.finish();
    if (changed !== batch) batch.release();
    return changed;
  }
}
