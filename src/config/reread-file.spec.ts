import { expect, it } from 'vitest';
import { RereadFile } from './reread-file.js';

it('takes each new text once, and tells each fault once, also one that comes back', () => {
  const told: string[] = [];
  let text: string | Error = 'one';
  const file = new RereadFile({
    read: () => {
      if (text instanceof Error) throw text;
      return text;
    },
    take: (found) => {
      if (found === 'wrong') throw new Error('it is wrong');
      told.push(`took ${found}`);
    },
    refuse: (error) => told.push(String(error)),
  });
  const gone = new Error('ENOENT');
  for (const next of ['one', 'two', 'wrong', gone, 'two', gone, 'wrong', 'one']) {
    text = next;
    file.look();
    file.look();
  }
  expect(told).toEqual([
    'took one',
    'took two',
    'Error: it is wrong',
    'Error: ENOENT',
    'took two',
    'Error: ENOENT',
    'Error: it is wrong',
    'took one',
  ]);
});
