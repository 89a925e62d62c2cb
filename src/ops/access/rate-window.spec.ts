import { expect, it } from 'vitest';
import { RateWindow } from './rate-window.js';

it('counts each key by itself and starts again after its window', () => {
  const window = new RateWindow(1_000);
  expect(window.count('a', 0)).toEqual({ count: 1, retryAfterSec: 1 });
  expect(window.count('a', 999).count).toBe(2);
  expect(window.count('b', 999).count).toBe(1);
  expect(window.count('a', 1_000).count).toBe(1);
});

it('says how long to wait in whole seconds, never zero', () => {
  const window = new RateWindow(60_000);
  expect(window.count('a', 0).retryAfterSec).toBe(60);
  expect(window.count('a', 58_500).retryAfterSec).toBe(2);
  expect(window.count('a', 59_999).retryAfterSec).toBe(1);
});

it('keeps a bounded number of keys, the rest in one count, and frees what has ended', () => {
  const window = new RateWindow(1_000, 10);
  for (let i = 0; i < 10; i += 1) window.count(`key-${i}`, i);
  for (let i = 0; i < 500; i += 1) expect(window.count(`more-${i}`, 20).count).toBe(i + 1);
  expect(window.count('key-3', 20).count).toBe(2);
  expect(window.size).toBe(11);
  expect(window.count('late', 5_000).count).toBe(1);
  expect(window.size).toBe(1);
});
