import { expect, it } from 'vitest';
import { RereadFile } from './reread-file.js';

it('takes each new text once, and reports each fault once, also one that comes back', () => {
  const reported: string[] = [];
  let text: string | Error = 'one';
  const file = new RereadFile({
    read: () => {
      if (text instanceof Error) throw text;
      return text;
    },
    take: (found) => {
      if (found === 'wrong') throw new Error('it is wrong');
      reported.push(`took ${found}`);
    },
    refuse: (error) => reported.push(String(error)),
  });
  const gone = new Error('ENOENT');
  for (const next of ['one', 'two', 'wrong', gone, 'two', gone, 'wrong', 'one']) {
    text = next;
    file.look();
    file.look();
  }
  expect(reported).toEqual([
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
