import { describe, expect, it } from 'vitest';
import { refuseDeepBody, refuseUnwritable } from './body-limit.js';

const deep = (levels: number): string => `${'['.repeat(levels)}${']'.repeat(levels)}`;
const check = (body: string): void => refuseDeepBody(undefined, undefined, Buffer.from(body));

describe('a body', () => {
  it.each([
    deep(32),
    `{"a":${deep(31)}}`,
    `{"a":"${'['.repeat(9_000)}"}`,
    `{"a":"\\"${'{'.repeat(50)}"}`,
    '[[],'.repeat(20),
    '',
  ])('of at most 32 levels passes: %.20s', (body) => expect(() => check(body)).not.toThrow());

  it.each([deep(33), deep(30_000), `{"a":"x","b":${deep(32)}}`, '{"a":'.repeat(33)])(
    'nested deeper is refused with 400: %.20s',
    (body) =>
      expect(() => check(body)).toThrow(
        expect.objectContaining({ problem: expect.objectContaining({ status: 400 }) as object }),
      ),
  );

  it('with what cannot be written again is not read', () => {
    for (const body of ['{"reason":"\\ud800"}', '{"\\udc00":1}'])
      expect(() => JSON.parse(body, refuseUnwritable)).toThrow(SyntaxError);
    expect(JSON.parse('{"a":"\\ud83d\\ude42"}', refuseUnwritable)).toEqual({ a: '🙂' });
    expect(() => JSON.parse('{"a":[1e400]}', refuseUnwritable)).toThrow(SyntaxError);
    expect(JSON.parse('{"a":[1e308]}', refuseUnwritable)).toEqual({ a: [1e308] });
  });
});
