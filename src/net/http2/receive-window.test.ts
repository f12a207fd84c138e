import { expect, test } from 'vitest';
import { ReceiveWindow } from './receive-window.js';

const sizes = { stream: 100, connection: 400, mostConnection: 1600 };

test('half of the window is topped up, and a window that is used up quickly doubles up to its bound', () => {
  const window = new ReceiveWindow(sizes, 0);
  expect([window.take(199), window.topUp(10), window.stream]).toEqual([true, 0, 100]);
  expect([window.take(1), window.topUp(10), window.stream]).toEqual([true, 200 + 400, 200]);
  expect([window.take(800), window.topUp(20), window.stream]).toEqual([true, 800 + 800, 400]);
  expect([window.take(1600), window.topUp(30), window.stream]).toEqual([true, 1600, 400]);
});

test('a window that lasts keeps its size, and content beyond it is reported', () => {
  const window = new ReceiveWindow(sizes, 0);
  expect([window.take(250), window.topUp(500), window.stream]).toEqual([true, 250, 100]);
  expect(window.take(401)).toBe(false);
});
