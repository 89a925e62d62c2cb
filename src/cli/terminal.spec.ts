import { afterEach, describe, expect, it, vi } from 'vitest';
import { age, wantsColour } from './terminal.js';

describe('colours', () => {
  it.each([
    ['a terminal', true, {}, true],
    ['no terminal', false, {}, false],
    ['a terminal that has none', true, { TERM: 'dumb' }, false],
    ['NO_COLOR on a terminal', true, { NO_COLOR: '1' }, false],
    ['an empty NO_COLOR', true, { NO_COLOR: '' }, true],
    ['FORCE_COLOR without a terminal', false, { FORCE_COLOR: '1' }, true],
    ['NO_COLOR and FORCE_COLOR', true, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['FORCE_COLOR=0 on a terminal', true, { FORCE_COLOR: '0' }, false],
  ])('%s', (_, isTTY, env, wanted) => {
    expect(wantsColour({ isTTY }, env)).toBe(wanted);
  });
});

describe('age', () => {
  it.each([
    [-5, '0 ms'],
    [999, '999 ms'],
    [1_500, '2 s'],
    [600_000, '10 min'],
    [10_800_000, '3 h'],
    [259_200_000, '3 d'],
    [Number.NaN, '–'],
  ])('%d ms is %s', (ms, shown) => {
    expect(age(ms)).toBe(shown);
  });
});

describe('what others wrote, on a terminal', () => {
  const EVIL = 'a\u001b[8mb\u009b2Jc\u202ed\r';
  const SHOWN = 'a\\u001b[8mb\\u009b2Jc\\u202ed\\r';

  afterEach(() => {
    vi.unstubAllEnvs();
    // The colours are chosen when the module is loaded: other specs of this process load it anew.
    vi.resetModules();
  });

  async function terminal(colours: '0' | '1'): Promise<typeof import('./terminal.js')> {
    vi.stubEnv('FORCE_COLOR', colours);
    vi.stubEnv('NO_COLOR', '');
    vi.resetModules();
    return import('./terminal.js');
  }

  it.each(['0', '1'] as const)('is escaped in every kind of text, with colours %s [C19]', async (colours) => {
    const { colour, facts, table, terminalText } = await terminal(colours);
    const texts = [
      EVIL,
      `x ${colour.red(EVIL)}`,
      colour.bold(colour.dim(EVIL)),
      table([EVIL], [[EVIL]]),
      facts([['n', EVIL]]),
    ];
    for (const text of texts.map(terminalText)) {
      expect(text).toContain(SHOWN);
      const rest = [1, 2, 22, 31, 39].reduce((left, code) => left.replaceAll(`\u001b[${code}m`, ''), text);
      expect(rest.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    }
  });

  it.each(['0', '1'] as const)(
    'makes no line of its own in a table or a fact, with colours %s [C19]',
    async (colours) => {
      const { facts, table, terminalText } = await terminal(colours);
      expect(terminalText(facts([['name', 'a\nb']])).split('\n')).toHaveLength(2);
      expect(terminalText(table(['head'], [['a\nb']])).split('\n')).toHaveLength(3);
    },
  );

  it('keeps our own colours as they are', async () => {
    const { colour, terminalText } = await terminal('1');
    expect(terminalText(`${colour.green('✓')} ${colour.bold(colour.red('no'))}`)).toBe(
      '\u001b[32m✓\u001b[39m \u001b[1m\u001b[31mno\u001b[39m\u001b[22m\n',
    );
  });

  it('cannot use our own colours by writing them', async () => {
    const { terminalText } = await terminal('1');
    expect(terminalText('\u001b[31mred\u001b[1;31m\u001b[0;1m')).toBe('\\u001b[31mred\\u001b[1;31m\\u001b[0;1m\n');
  });
});
