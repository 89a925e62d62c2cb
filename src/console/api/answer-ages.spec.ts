import { expect, it } from 'vitest';
import { AnswerAges } from './answer-ages.js';

const AT = 1_796_000_000_000;

it.each([
  ['both clocks go on', 5_000, 5_000, 5_000],
  ['the clock of the browser is set back by an hour', 5_000 - 3_600_000, 5_000, 5_000],
  ['the machine slept, and the monotonic clock with it', 3_600_000, 5_000, 3_600_000],
  ['both stand still', 0, 0, 0],
])('an answer is as old as the larger of both clocks says: %s', (_what, passedMs, monotonicMs, age) => {
  const ages = new AnswerAges();
  ages.note(AT, 700);
  expect(ages.ageMs(AT, AT + passedMs, 700 + monotonicMs)).toBe(age);
});

it('keeps the newest answers, and takes what it has forgotten by the clock of the browser', () => {
  const ages = new AnswerAges();
  for (let at = 0; at < 600; at++) ages.note(AT + at, at);
  expect(ages.ageMs(AT, AT + 4_000, 90_000)).toBe(4_000);
  expect(ages.ageMs(AT + 599, AT, 90_599)).toBe(90_000);
});
