import { describe, expect, it } from 'vitest';
import { Decimal } from '../../flow/0-decimal.js';
import { plainVerdict } from '../../../test/harness/plain-verdict.js';
import { encodeEpisode, type Episode, parseEpisode, repeat, type RepeatInput } from './repeat.js';

const D = (text: string): Decimal => new Decimal(text);

const EPISODE: Episode = { action: 'PARTIAL_75', newSl: '', proposalId: '', atMs: 1_000, amountAfter: D('0.003') };
const STANDING: RepeatInput = {
  proposal: { action: 'PARTIAL_75', newSl: '', proposalId: '' },
  policy: 'once_per_episode',
  lastEpisode: EPISODE,
  snapshot: { amount: D('0.003'), tsMs: 2_000 },
};
const SUPPRESSED = ['repeat_suppressed', { carried_out: 'PARTIAL_75', at_ms: 1_000 }];
const judge = (over: Partial<RepeatInput>) => plainVerdict(repeat({ ...STANDING, ...over }));
const asks = (proposal: Partial<RepeatInput['proposal']>) => judge({ proposal: { ...STANDING.proposal, ...proposal } });
const shows = (amount: string, after = '0.003', tsMs = 2_000) =>
  judge({ snapshot: { amount: D(amount), tsMs }, lastEpisode: { ...EPISODE, amountAfter: D(after) } });

describe('a standing proposal', () => {
  it('that was carried out is suppressed [A6]', () => expect(judge({})).toEqual(SUPPRESSED));

  it('runs when nothing was carried out yet', () => expect(judge({ lastEpisode: undefined })).toBe('allow'));

  it('runs every time under every_proposal', () => expect(judge({ policy: 'every_proposal' })).toBe('allow'));

  it('runs again with another action [A6]', () => expect(asks({ action: 'FULL_CLOSE_PROPOSED' })).toBe('allow'));

  it('runs again with a new proposal id [A6]', () => expect(asks({ proposalId: 'p-2' })).toBe('allow'));

  it('does not run again because a close trails its stop price [A6]', () =>
    expect(asks({ newSl: '95000' })).toEqual(SUPPRESSED));

  it.each([
    ['another price', '95000', '95100', 'allow'],
    ['the same price', '95000', '95000', 'suppressed'],
    ['the same price written differently', '95000', '95000.0', 'suppressed'],
    ['a price where there was none', '', '95000', 'allow'],
    ['no price where there was one', '95000', '', 'allow'],
    ['no price, as before', '', '', 'suppressed'],
    ['words that are no price, as before', 'x', 'x', 'suppressed'],
  ])('for a stop at %s [A6]', (_what, before, now, expected) => {
    const lastEpisode = { ...EPISODE, action: 'UPDATE_SL', newSl: before };
    const verdict = judge({ lastEpisode, proposal: { action: 'UPDATE_SL', newSl: now, proposalId: '' } });
    expect(verdict === 'allow' ? verdict : 'suppressed').toBe(expected);
  });
});

describe('a position that somebody opened again', () => {
  it.each([
    ['larger than what was left', '0.0031', '0.003'],
    ['larger on the short side', '-0.0031', '-0.003'],
    ['on the other side, however small', '-0.001', '0.003'],
    ['after it was closed entirely', '0.001', '0'],
  ])('%s lets the proposal run again [A6]', (_what, amount, after) => expect(shows(amount, after)).toBe('allow'));

  it.each([
    ['as large as what was left', '0.003', '0.003'],
    ['smaller', '0.002', '0.003'],
    ['closed meanwhile', '0', '0.003'],
    ['still closed', '0', '0'],
    ['a short as large as what was left', '-0.003', '-0.003'],
  ])('is not one that is %s [A6]', (_what, amount, after) => expect(shows(amount, after)).toEqual(SUPPRESSED));

  it('is judged by a snapshot from after the execution only', () => {
    expect(shows('0.010', '0.003', 1_001)).toBe('allow');
    expect(shows('0.010', '0.003', 1_000)).toEqual(SUPPRESSED);
    expect(shows('0.010', '0.003', NaN)).toEqual(SUPPRESSED);
    expect(judge({ snapshot: undefined })).toEqual(SUPPRESSED);
  });
});

describe('a stored episode', () => {
  it('is read back as it was written', () => {
    const episode = { ...EPISODE, newSl: '1', proposalId: 'p', amountAfter: D('1e-9') };
    expect(encodeEpisode(episode)).toBe(
      '{"action":"PARTIAL_75","newSl":"1","proposalId":"p","atMs":1000,"amountAfter":"0.000000001"}',
    );
    const read = parseEpisode(encodeEpisode(episode));
    expect({ ...read, amountAfter: read?.amountAfter.toFixed() }).toEqual({ ...episode, amountAfter: '0.000000001' });
  });

  it('that is not there is none', () => expect(parseEpisode('')).toBeUndefined());

  it('that cannot be read names no stop and no proposal, and is never over', () =>
    expect(parseEpisode('garbage')).toEqual({
      action: 'unreadable',
      newSl: '',
      proposalId: '',
      atMs: Number.MAX_SAFE_INTEGER,
      amountAfter: D('0'),
    }));

  it.each([
    'garbage',
    'null',
    '7',
    '[]',
    '{}',
    '{"action":"PARTIAL_75","newSl":"","proposalId":"","atMs":"1000","amountAfter":"0"}',
    '{"action":"PARTIAL_75","newSl":"","proposalId":"","atMs":1000,"amountAfter":"NaN"}',
    '{"action":"PARTIAL_75","newSl":"","proposalId":"","atMs":1000,"amountAfter":0}',
    '{"action":"PARTIAL_75","newSl":"","proposalId":"","atMs":1e999,"amountAfter":"0"}',
    '{"action":7,"newSl":"","proposalId":"","atMs":1000,"amountAfter":"0"}',
    '{"action":"PARTIAL_75","proposalId":"","atMs":1000,"amountAfter":"0"}',
    '{"action":"PARTIAL_75","newSl":"","atMs":1000,"amountAfter":"0"}',
  ])('that cannot be read suppresses, whatever is asked: %s', (text) => {
    const lastEpisode = parseEpisode(text);
    const verdict = judge({
      lastEpisode,
      proposal: { action: 'FULL_CLOSE_PROPOSED', newSl: '', proposalId: 'new' },
      snapshot: { amount: D('9'), tsMs: Date.now() },
    });
    expect(verdict).toEqual(['repeat_suppressed', { carried_out: 'unreadable', at_ms: Number.MAX_SAFE_INTEGER }]);
  });
});
