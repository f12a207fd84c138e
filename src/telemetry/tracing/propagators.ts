import type { SpanContext } from '../../component/tracer.js';

export interface Propagator {
  extract(field: (name: string) => string | undefined): SpanContext | undefined;
  inject(span: SpanContext): Readonly<Record<string, string>>;
}

const none = /^0+$/;

/** W3C Trace Context. */
const tracecontext: Propagator = {
  extract(field) {
    const match = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/.exec(field('traceparent')?.trim() ?? '');
    const [, version = '', traceId = '', spanId = '', flags = '', rest] = match ?? [];
    if (!match || version === 'ff' || (version === '00' && rest !== undefined) || none.test(traceId) || none.test(spanId)) return undefined;
    return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, state: field('tracestate') ?? '' };
  },
  inject: ({ traceId, spanId, sampled, state }) => ({
    traceparent: `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`,
    ...(state === '' ? {} : { tracestate: state }),
  }),
};

/** Zipkin's B3: read from one field or several, written as one. */
const b3: Propagator = {
  extract(field) {
    const single = /^([0-9a-f]{16}|[0-9a-f]{32})-([0-9a-f]{16})(?:-([01d]))?(?:-[0-9a-f]{16})?$/.exec(field('b3')?.trim() ?? '');
    const traceId = (single?.[1] ?? field('x-b3-traceid') ?? '').padStart(32, '0');
    const spanId = single?.[2] ?? field('x-b3-spanid') ?? '';
    if (!/^[0-9a-f]{32}$/.test(traceId) || !/^[0-9a-f]{16}$/.test(spanId) || none.test(traceId) || none.test(spanId)) return undefined;
    const decision = single ? (single[3] ?? '1') : field('x-b3-flags') === '1' ? 'd' : (field('x-b3-sampled') ?? '1');
    return { traceId, spanId, sampled: ['1', 'd', 'true'].includes(decision), state: '' };
  },
  inject: ({ traceId, spanId, sampled }) => ({ b3: `${traceId}-${spanId}-${sampled ? '1' : '0'}` }),
};

const known: Readonly<Record<string, Propagator>> = { tracecontext, b3 };

/** All propagators of a list as one: the first that finds a sender's span wins. Throws on a name that there is not. */
export function propagatorOf(names: readonly string[]): Propagator {
  const all = names.map((name) => {
    if (!Object.hasOwn(known, name)) throw new Error(`unsupported trace propagator ${JSON.stringify(name)}: use tracecontext or b3`);
    return known[name] as Propagator;
  });
  return {
    extract(field) {
      for (const propagator of all) {
        const found = propagator.extract(field);
        if (found) return found;
      }
      return undefined;
    },
    inject: (span) => Object.assign({}, ...all.map((propagator) => propagator.inject(span))) as Record<string, string>,
  };
}
