import { expect, it } from 'vitest';
import { ServerClock } from './server-clock.js';

const AT = Date.parse('2026-11-30T12:00:00Z');
const header = (ms: number): string => new Date(ms).toUTCString();

it('takes the clock of the browser for that of the gate until it has answered', () => {
  expect(new ServerClock().nowMs(AT)).toBe(AT);
});

it('comes closer than the whole seconds of the header with each answer', () => {
  const clock = new ServerClock();
  // The gate is 90 000 ms ahead; an answer takes 20 ms.
  for (let ms = 0; ms < 5_000; ms += 130) clock.note(header(AT + ms + 90_000), AT + ms - 10, AT + ms + 10);
  expect(Math.abs(clock.offsetMs - 90_000)).toBeLessThan(100);
});

it('begins anew when one of the clocks was set', () => {
  const clock = new ServerClock();
  clock.note(header(AT), AT, AT + 10);
  clock.note(header(AT - 3_600_000), AT + 1_000, AT + 1_010);
  expect(Math.abs(clock.offsetMs + 3_600_000)).toBeLessThan(2_000);
});

it.each([null, '', 'no date'])('ignores a header that is no time: %s', (text) => {
  const clock = new ServerClock();
  clock.note(text, AT, AT);
  expect(clock.offsetMs).toBe(0);
});

it('counts in how far the clock of Redis is from that of the gate', () => {
  const clock = new ServerClock();
  clock.noteRedis(250);
  expect(clock.nowMs(AT)).toBe(AT + 250);
  clock.noteRedis(null);
  expect(clock.nowMs(AT)).toBe(AT);
});
