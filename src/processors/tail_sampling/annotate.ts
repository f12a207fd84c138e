import type { Batch } from '../../otlp/batch.js';
import { BatchEditor } from '../../otlp/edit/batch-editor.js';
import { key } from '../../otlp/view/key.js';
import { SpanView } from '../../otlp/view/span.js';
import type { Decisions } from '../../sampling/decisions.js';
import type { Verdict } from './rules/rules.js';

const decisionKey = key('kanmon.sampling.decision');
const policyKey = key('kanmon.sampling.policy');
const subPolicyKey = key('kanmon.sampling.sub_policy');

/** Sets attributes on the root spans of batches that leave: what was decided, and by which policy. */
export class Annotations {
  readonly #decisions: Decisions;
  readonly #verdicts: readonly Verdict[];
  readonly #spans: BatchEditor<SpanView> = new BatchEditor(new SpanView());

  /** @param decisions - those on the traces that leave */
  constructor(decisions: Decisions, verdicts: readonly Verdict[]) {
    this.#decisions = decisions;
    this.#verdicts = verdicts;
  }

  /** The batch with the attributes, which takes the place of the one given. */
  annotated(batch: Batch): Batch {
    const spans = this.#spans;
    for (spans.open(batch); spans.next();) {
      const { item } = spans;
      if (item.parentSpanId.length > 0) continue;
      const { bytes, start, length } = item.traceId;
      const idAt = length === 0 ? -1 : start;
      const number = this.#decisions.find(bytes, idAt, this.#decisions.hashOf(bytes, idAt));
      const verdict = number < 0 ? undefined : this.#verdicts[this.#decisions.outcome(number)];
      if (!verdict) continue;
      const { itemEditor } = spans;
      itemEditor.setAttribute(decisionKey, verdict.decision);
      if (verdict.policy !== undefined) itemEditor.setAttribute(policyKey, verdict.policy);
      if (verdict.subPolicy !== undefined) itemEditor.setAttribute(subPolicyKey, verdict.subPolicy);
    }
    const changed = spans.finish();
    if (changed !== batch) batch.release();
    return changed;
  }
}
