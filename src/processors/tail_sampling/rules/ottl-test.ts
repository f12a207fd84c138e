import type { MessageFields } from '../../../otlp/view/message-fields.js';
import type { SpanView } from '../../../otlp/view/span.js';
import { BatchScene, type ScenePlace } from '../../../ottl/contexts/batch-scene.js';
import { ReadSource } from '../../../ottl/contexts/read-source.js';
import { OttlError } from '../../../ottl/ottl-error.js';
import type { ConditionSequence } from '../../../ottl/sequence.js';
import type { SpanSurroundings } from '../../../sampling/arrivals.js';

/** The answer of conditions about a span; `failed`: one of them failed, and its error mode is `propagate`. */
export type OttlAnswer = 'holds' | 'not' | 'failed';

/** Conditions of OTTL on spans and on their events, of which one is enough. */
export class OttlTest extends ReadSource {
  readonly #spans: ConditionSequence | undefined;
  readonly #events: ConditionSequence | undefined;
  readonly #spanScene: BatchScene = new BatchScene('span');
  readonly #eventScene: BatchScene = new BatchScene('spanevent');
  readonly #failed: (error: OttlError) => void;
  #span: SpanView | undefined;
  #around: SpanSurroundings | undefined;
  #event: MessageFields | undefined;

  /** @param failed - called for each failure that propagates */
  constructor(
    spans: ConditionSequence | undefined,
    events: ConditionSequence | undefined,
    failed: (error: OttlError) => void,
  ) {
    super();
    this.#spans = spans;
    this.#events = events;
    this.#failed = failed;
  }

  test(span: SpanView, around: SpanSurroundings): OttlAnswer {
    this.#span = span;
    this.#around = around;
    try {
      return this.#holds(span) ? 'holds' : 'not';
    } catch (error) {
      if (!(error instanceof OttlError)) throw error;
      this.#failed(error);
      return 'failed';
    } finally {
      this.#spanScene.left();
      this.#eventScene.left();
      this.#span = this.#around = this.#event = undefined;
    }
  }

  #holds(span: SpanView): boolean {
    if (this.#spans) {
      const scene = this.#spanScene;
      scene.source = this;
      scene.moved();
      if (this.#spans.matches(scene)) return true;
    }
    if (!this.#events) return false;
    const scene = this.#eventScene;
    scene.source = this;
    for (const event = span.events(); event.next();) {
      this.#event = event.fields;
      scene.moved();
      if (this.#events.matches(scene)) return true;
    }
    return false;
  }

  fields(place: ScenePlace): MessageFields {
    const span = this.#span;
    const around = this.#around;
    if (span === undefined || around === undefined) throw new Error('no span is looked at');
    switch (place) {
      case 'item':
        return span.fields;
      case 'scope':
        return around.scope.fields;
      case 'resource':
        return around.resource.fields;
      case 'scopeMessage':
        return around.scopeMessage.fields;
      case 'resourceMessage':
        return around.resourceMessage.fields;
      default:
        if (place !== 'part' || this.#event === undefined) throw new Error(`a span has no ${place}`);
        return this.#event;
    }
  }
}
