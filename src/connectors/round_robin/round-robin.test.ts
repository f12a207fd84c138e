import { expect, test } from 'vitest';
import { connectorParts, heldWorld, namesOf, spans } from '../../../test/support/held-world.js';
import { emptyContext, type Consumer } from '../../component/consumer.js';
import type { Connector } from '../../component/define.js';
import { DeliveryError } from '../../component/delivery-error.js';
import { definition } from './index.js';

interface Output extends Consumer {
  readonly got: string[];
  state: 'accepts' | 'refuses' | 'is full';
}

function output(): Output {
  const error = new DeliveryError('no', { class: 'retryable', reason: 'backend_refused' });
  const own: Output = {
    got: [],
    state: 'accepts',
    consume(batch) {
      if (own.state === 'refuses') return Promise.reject(error);
      own.got.push(...namesOf(batch));
      return Promise.resolve();
    },
    reserve: () =>
      own.state === 'is full'
        ? { granted: false, error, refuse: () => void own.got.push('refused') }
        : { granted: true, consume: (batch, context) => own.consume(batch, context), release: () => {} },
  };
  return own;
}

async function made(
  count: number,
): Promise<{ connector: Connector; outputs: Output[]; send(name: string): Promise<void> }> {
  const outputs = Array.from({ length: count }, output);
  const named = Object.fromEntries(outputs.map((each, i) => [`traces/${i}`, each]));
  const parts = connectorParts(heldWorld(), ['traces', 'traces'], named);
  const connector = await definition.create({}, parts.context, parts.next);
  return { connector, outputs, send: (name) => connector.consume(spans(name), emptyContext) };
}

test('each batch goes to the next output, the first one to the second', async () => {
  const { outputs, send } = await made(3);
  for (let i = 0; i < 7; i++) await send(String(i));
  expect(outputs.map(({ got }) => got)).toEqual([
    ['2', '5'],
    ['0', '3', '6'],
    ['1', '4'],
  ]);
});

test('one output gets everything', async () => {
  const { outputs, send } = await made(1);
  await send('1');
  await send('2');
  expect(outputs[0]?.got).toEqual(['1', '2']);
});

test('what an output refuses is returned, and the next batch goes to the next one', async () => {
  const { outputs, send } = await made(2);
  (outputs[1] as Output).state = 'refuses';
  await expect(send('1')).rejects.toThrow('no');
  await send('2');
  await expect(send('3')).rejects.toThrow('no');
  expect(outputs.map(({ got }) => got)).toEqual([['2'], []]);
});

test('room is that of the output whose turn it is, and room given back does not use the turn up', async () => {
  const { connector, outputs } = await made(2);
  const reserve = (name: string): ReturnType<Connector['reserve'] & {}> =>
    connector.reserve?.(spans(name), emptyContext);
  const first = reserve('1');
  if (first?.granted !== true) throw new Error('no room');
  first.release();
  const again = reserve('2');
  if (again?.granted !== true) throw new Error('no room');
  await again.consume(spans('2'), emptyContext);
  expect(outputs.map(({ got }) => got)).toEqual([[], ['2']]);
  (outputs[0] as Output).state = 'is full';
  const none = reserve('3');
  if (none?.granted !== false) throw new Error('there is room');
  none.refuse(none.error);
  const next = reserve('4');
  if (next?.granted !== true) throw new Error('no room');
  await next.consume(spans('4'), emptyContext);
  expect(outputs.map(({ got }) => got)).toEqual([['refused'], ['2', '4']]);
});
