import { describe, expect, it } from 'vitest';
import { parseLuaHeader } from '../../scripts/docs/lua-header.js';

const HEADER = `-- move_money: moves an amount,
-- or nothing.
-- RUN BY: apply, operator (by hand)
-- INCLUDE: now, finish
-- KEYS: from, to
-- ARGV: amount,
--   reason, ...fields
-- REPLY: moved nowMs newAmount | too_little | gone
-- AT MAXMEMORY: refused
-- Not part of the header.
local now = now_ms()
`;

describe('the header of a Lua script', () => {
  it('gives purpose, runners, pieces, names, replies and further lines', () => {
    expect(parseLuaHeader('move_money', HEADER)).toEqual({
      name: 'move_money',
      purpose: 'moves an amount, or nothing.',
      runBy: [{ principal: 'apply' }, { principal: 'operator', why: 'by hand' }],
      includes: ['now', 'finish'],
      keys: ['from', 'to'],
      args: ['amount', 'reason'],
      rest: 'fields',
      replies: [
        { word: 'moved', values: ['nowMs', 'newAmount'] },
        { word: 'too_little', values: [] },
        { word: 'gone', values: [] },
      ],
      notes: [{ label: 'AT MAXMEMORY', text: 'refused' }],
    });
  });

  it('needs neither pieces nor arguments', () => {
    const text = '-- look: looks.\n-- RUN BY: every role\n-- KEYS: thing\n-- REPLY: seen\nreturn';
    expect(parseLuaHeader('look', text)).toMatchObject({
      includes: [],
      args: [],
      runBy: [{ principal: 'every role' }],
    });
  });

  it.each([
    [
      'another name than its file has',
      '-- move_money',
      '-- steal_money',
      'the first line must begin with "-- move_money: "',
    ],
    ['no runner', '-- RUN BY: apply, operator (by hand)\n', '', 'there is no line "-- RUN BY: …"'],
    ['no keys', '-- KEYS: from, to\n', '', 'there is no line "-- KEYS: …"'],
    ['no replies', /-- REPLY.*\n/, '', 'there is no line "-- REPLY: …"'],
    ['a line twice', '-- INCLUDE', '-- KEYS', 'there are two lines "-- KEYS: …"'],
    ['a key and an argument of one name', 'ARGV: amount', 'ARGV: from', '"from" is there twice'],
    ['a name that is none', 'KEYS: from', 'KEYS: from_where', '"from_where" is not a name'],
    ['a rest before the end', 'ARGV: amount', 'ARGV: ...others', '"...others" is not a name'],
    ['a name that Lua needs', 'KEYS: from, to', 'KEYS: from, end', '"end" has a meaning in Lua'],
    ['a name that hides a table of Redis', 'KEYS: from, to', 'KEYS: from, cjson', '"cjson" has a meaning in Lua'],
    ['a reply that is no word', 'too_little', 'tooLittle', '"tooLittle" is not a reply'],
    ['a reply twice', 'too_little', 'gone', 'the reply "gone" is there twice'],
    ['a runner that is none', 'apply, operator', 'Apply!, operator', '"Apply!" does not say who'],
  ])('is refused with %s', (_, find, replacement, why) => {
    const text = HEADER.replace(find, replacement);
    expect(text).not.toBe(HEADER);
    expect(() => parseLuaHeader('move_money', text)).toThrow(`the header of the script move_money: ${why}`);
  });
});
