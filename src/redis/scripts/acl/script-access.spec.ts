import { describe, expect, it } from 'vitest';
import { readScriptAccess } from './script-access.js';

const LIB = `local function looked(one, k)
  if redis.call('EXISTS', one) == 1 then redis.call('DEL', k.first, k.second) end
  if k.third then redis.call('INCR', k.third) end
end`;

function access(text: string, keys: string[]): Record<string, string[]> {
  return Object.fromEntries([...readScriptAccess(text, keys).byKey].map(([key, commands]) => [key, [...commands]]));
}

describe('the commands of a script', () => {
  it('are found through names, pieces, tables and nested calls', () => {
    const text = `${LIB}
local a, b = KEYS[1], KEYS[2] -- redis.call('FLUSHALL')
local t = tonumber(redis.call('GET', a)) + #redis.call('TIME')
looked(b, { first = KEYS[3],
  second = a })
local reply = redis.pcall('XADD', KEYS[4], '*', 'a, (b', KEYS[1], unpack({ redis.call('LRANGE', KEYS[4], 0, -1) }))`;
    expect(access(text, ['one', 'two', 'three', 'four'])).toEqual({
      one: ['get', 'del'],
      two: ['exists'],
      three: ['del'],
      four: ['xadd', 'lrange'],
    });
    expect([...readScriptAccess(text, ['one', 'two', 'three', 'four']).keyless]).toEqual(['time']);
  });

  it('takes the keys beyond the header for repetitions of it', () => {
    const text = `local function one(a, b)
  redis.call('GET', a)
  redis.call('INCR', b)
end
one(KEYS[1], KEYS[2])
for i = 3, #KEYS, 2 do
  one(KEYS[i], KEYS[i + 1])
  redis.call('DEL', KEYS[i + 1])
end`;
    expect(access(text, ['one', 'two'])).toEqual({ one: ['get'], two: ['incr', 'del'] });
    expect(() => readScriptAccess("redis.call('GET', KEYS[i + 2])", ['one', 'two'])).toThrow('which key is that');
  });

  it.each([
    ["redis.call('GET', prefix .. ARGV[1])", 'which key is that'],
    ['redis.call(ARGV[1], KEYS[1])', 'must be written out'],
    ["redis.call('GET', KEYS[2])", 'which key is that'],
    ["redis.call('GET', 'quantum:control:arm')", 'which key is that'],
    ['redis.setresp(3)', 'redis.setresp(…): what does it do?'],
    ["local run = redis.call; run('GET', KEYS[1])", 'must be called where it stands'],
    ['return 1', 'the key one is not used'],
  ])('%s is refused: %s', (text, why) => {
    expect(() => readScriptAccess(text, ['one'])).toThrow(why);
  });
});
