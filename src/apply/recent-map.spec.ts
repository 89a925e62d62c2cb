import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { RecentMap } from './recent-map.js';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it('forgets what is older than its time when another is set; setting anew makes it young again', () => {
  const map = new RecentMap<number>(1_000);
  map.set('a', 1);
  vi.advanceTimersByTime(600);
  map.set('b', 2);
  map.set('a', 3);
  vi.advanceTimersByTime(600);
  expect([...map]).toEqual([
    ['b', 2],
    ['a', 3],
  ]);
  vi.advanceTimersByTime(399);
  map.set('c', 4);
  expect([map.has('b'), map.has('a')]).toEqual([true, true]);
  vi.advanceTimersByTime(1);
  map.set('c', 5);
  expect([...map]).toEqual([['c', 5]]);
});
