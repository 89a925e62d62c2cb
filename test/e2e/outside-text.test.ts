import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keysFor } from '../../src/redis/keys/keys.js';
import { eventually } from '../harness/eventually.js';
import { proposalFields } from '../harness/proposals.js';
import type { Ended, Program } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

const KEY = 'canary-exchange-key-0123456789';
const TOKEN = 'canary-admin-token-0123456789';
/** Clears the screen, sets the title, hides, turns the direction, and writes a line of its own. */
const EVIL = 'x\u001b[2J\u001b]0;owned\u0007\u001b[8m\u009b8m\u202e\u200bevil\r\nFAKE LINE';
const ERROR_PAGE = `<html>${EVIL} GET /fapi?signature=0123456789abcdef X-MBX-APIKEY: ${KEY}</html>`;
const keys = keysFor('quantum:');

/** The colours that the command line uses itself. */
const OWN_COLOURS = [1, 2, 22, 31, 32, 33, 36, 39].map((code) => `\u001b[${code}m`);

/** What a terminal, or a reader of lines, would act on. */
function actedOn(text: string): string[] {
  const lines = text.split('\n').filter((line) => /^\W*FAKE LINE/.test(line));
  const rest = OWN_COLOURS.reduce((left, own) => left.replaceAll(own, ''), text);
  return [...lines, ...(rest.match(/(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu) ?? [])];
}

describe.each(['json', 'pretty'])(
  'escapes, newlines and keys in what the exchange, a strategy and a role write (logs: %s)',
  (format) => {
    let deployment: TestDeployment;
    let redis: Redis;
    let program: Program;
    let url = '';
    const planId = 'aaaaaaaaaaaaaaaa';
    const resultsText = async (): Promise<string> => JSON.stringify(await redis.xrange(keys.resultStream(), '-', '+'));

    beforeAll(async () => {
      deployment = await TestDeployment.create({ apiKey: KEY });
      redis = new Redis({ path: deployment.redis.socketPath });
      const tokens = join(deployment.folder, 'tokens.json');
      const sha256 = createHash('sha256').update(TOKEN).digest('hex');
      writeFileSync(tokens, JSON.stringify([{ name: 'admin', role: 'admin', sha256 }]), { mode: 0o600 });
      [program, url] = await deployment.serve({
        BINANCE_TESTNET_API_KEY: KEY,
        ADMIN_TOKENS_FILE: tokens,
        LOG_FORMAT: format,
        LOG_LEVEL: 'trace',
      });
      await eventually(() => redis.hget(keys.ledger('BTCUSDT'), 'last_known_amt').then((found) => found ?? undefined));
      // The exchange refuses the order, with an echo of the request.
      deployment.exchange.addFault({
        match: { method: 'POST', path: '/order' },
        action: { type: 'status', status: 400, code: -2019, msg: ERROR_PAGE },
      });
      // A strategy, with what its proposal may hold, and one that is refused.
      await redis.hset(keys.proposal('BTCUSDT'), proposalFields('PARTIAL_75', { reason_codes: `a,${EVIL}` }));
      const refused = { ...proposalFields(EVIL), symbol: 'BTCUSDT', proposal_id: EVIL };
      await redis.xadd(keys.proposalStream(), '*', ...Object.entries(refused).flat());
      // A role: a plan that nobody can read, and the result of a foreign plan.
      const plan = { plan_id: planId, symbol: 'BTCUSDT', action: EVIL, decision: 'EXECUTE', steps: '{', [EVIL]: EVIL };
      await redis.xadd(keys.planStream(), '*', ...Object.entries(plan).flat());
      const result = {
        plan_id: planId,
        symbol: 'BTCUSDT',
        decision: 'ERROR',
        executed: 'False',
        error: 'order_rejected',
      };
      await redis.xadd(
        keys.resultStream(),
        '*',
        ...Object.entries({ ...result, reason: EVIL, steps_results: '[]' }).flat(),
      );
      await eventually(async () => (await redis.xlen(keys.deadLetters())) > 0 || undefined, 10_000);
      await eventually(
        async () => (await resultsText()).includes('-2019') || undefined,
        20_000,
        () => program.lastLines(),
      );
      // Then it answers every reading call so.
      for (const path of ['/positionRisk', '/openOrders', '/exchangeInfo', '/account', '/positionSide/dual'])
        deployment.exchange.addFault({
          match: { path },
          action: { type: 'status', status: 500, body: ERROR_PAGE },
          times: -1,
        });
      await eventually(
        async () => (await (await fetch(`${url}/health/ready`)).text()).includes('HTTP 500') || undefined,
      );
    }, 90_000);

    afterAll(async () => {
      redis.disconnect();
      await deployment.close();
    });

    const command = (...args: string[]): Promise<Ended> =>
      deployment.run(args, { PERMIT_GATE_URL: url, PERMIT_GATE_TOKEN: TOKEN, FORCE_COLOR: '1' });
    const get = async (path: string): Promise<string> => {
      const response = await fetch(`${url}${path}`, { headers: { authorization: `Bearer ${TOKEN}` } });
      return response.text();
    };

    it.runIf(format === 'json')('do not come out of health or the API, whose JSON keeps the value [C19]', async () => {
      const paths = [
        '/health/ready',
        ...['status', 'plans', `plans/${planId}`, 'dead-letters', 'positions', 'audit'].map(
          (each) => `/api/v1/${each}`,
        ),
      ];
      const answers = await Promise.all(paths.map(get));
      for (const answer of answers) {
        expect(answer).not.toContain(KEY);
        expect(answer).not.toContain('0123456789abcdef');
        expect(actedOn(answer)).toEqual([]);
      }
      expect(answers[0]).toMatch(/HTTP 500: <html>x\\\\u001b/);
      const { dead_letters: letters } = JSON.parse(answers[4] ?? '') as {
        dead_letters: { fields: Record<string, string> }[];
      };
      expect(letters.some(({ fields }) => fields['action'] === EVIL)).toBe(true);
    });

    it.runIf(format === 'json')('do not come out of the commands on a terminal [C19]', async () => {
      const proof = deployment.run(['proof', '--timeout', '1'], {
        ...deployment.variables,
        PERMIT_GATE_URL: url,
        PERMIT_GATE_TOKEN: TOKEN,
        FORCE_COLOR: '1',
      });
      const ended = await Promise.all([
        command('plans'),
        command('trace', planId),
        command('positions'),
        command('dead-letters'),
        command('status'),
        command('audit', 'list'),
        deployment.run(['doctor'], { ...deployment.variables, BINANCE_TESTNET_API_KEY: KEY, FORCE_COLOR: '1' }),
        proof,
      ]);
      for (const { stdout, stderr } of ended) {
        expect(actedOn(stdout + stderr)).toEqual([]);
        expect(stdout + stderr).not.toContain(KEY);
      }
      const shown = ended.map(({ stdout }) => stdout);
      expect(shown[3]).toContain('\\u001b[2J');
      expect(shown[6]).toContain('HTTP 500');
    });

    it.runIf(format === 'json')('do not come out of `--json`, which keeps the value [C19]', async () => {
      const { stdout } = await command('dead-letters', '--json');
      expect(actedOn(stdout)).toEqual([]);
      const { dead_letters: letters } = JSON.parse(stdout) as { dead_letters: { fields: Record<string, string> }[] };
      expect(letters.some(({ fields }) => fields['action'] === EVIL)).toBe(true);
    });

    it('do not come out of the log, nor the key out of Redis [C19]', async () => {
      const { stdout, stderr } = await program.stop();
      expect(stdout).toContain('HTTP 500');
      expect(stdout + stderr).not.toContain(KEY);
      expect(actedOn(stdout + stderr)).toEqual([]);
      const results = await resultsText();
      expect(results).toContain('GET /fapi?signature=[redacted]');
      expect(results).not.toContain(KEY);
    });
  },
);
