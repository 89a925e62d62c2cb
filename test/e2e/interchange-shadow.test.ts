import { afterEach, describe, expect, it } from 'vitest';
import { AskingStrategy } from '../harness/peers/asking-strategy.js';
import { Fleet } from '../harness/peers/fleet.js';

const SETTINGS = { APPLY_POLL_SEC: '0.1', P33_POLL_SEC: '0.2', P33_COOLDOWN_SEC: '1' };
const LIMITS = {
  GOV_MAX_EXEC_PER_HOUR: '1000',
  GOV_MAX_EXEC_PER_5MIN: '1000',
  GOV_MAX_REDUCE_NOTIONAL_PER_DAY_USD: '1000000',
};
const ROUNDS = 4;

interface Line {
  readonly issuer?: string;
  readonly outcome?: string;
  readonly sums?: Record<string, Record<string, number>>;
}

let fleet: Fleet;
afterEach(() => fleet.close());

describe("issuers in the shadow of the guide's fleet", () => {
  it.runIf(process.env['EVERY_MIX'] === '1')(
    'agree with it on every plan that it carries out, and leave its keys alone [I1]',
    async () => {
      fleet = await Fleet.create({ positions: { BTCUSDT: '200' }, settings: { ...SETTINGS, ...LIMITS } });
      await fleet.leaveLedgers();
      const { deployment, redis } = fleet;
      const shadow = { ...deployment.variables, ...SETTINGS, ...LIMITS, REDIS_KEY_PREFIX: 'shadow:' };
      const issuers = deployment.start(['serve', '--roles=position-brain,governor'], shadow);
      await issuers.until('the issuers run', () => issuers.stdout.includes('"permit-gate running"'));
      const compared = deployment.start(['shadow', '--of', 'quantum:', '--json'], shadow);
      await compared.until('it reads', () => compared.stdout.includes('in_charge'));
      await fleet.startAll({ apply: 'guide', governor: 'guide', 'position-brain': 'guide' });
      const strategy = new AskingStrategy(fleet, 'BTCUSDT');
      for (let round = 0; round < ROUNDS; round += 1) {
        await strategy.half();
        // The guide's ledger does not move by results without a quantity: its remedy by hand.
        await fleet.writeLedger('BTCUSDT', fleet.amount('BTCUSDT'));
      }
      const agreed = (): number =>
        lines(compared.stdout).filter(({ issuer, outcome }) => issuer === 'p33' && outcome === 'agree').length;
      await compared.until('it compared every order', () => agreed() >= ROUNDS);
      // Before the fleet stops: the ledger in the shadow follows what it carried out.
      const ledger = async (): Promise<boolean> =>
        Number(await redis.hget('shadow:position:ledger:BTCUSDT', 'last_known_amt')) === fleet.amount('BTCUSDT');
      await compared.until('the ledger follows', ledger);
      const { stdout } = await compared.stop();
      const sums = lines(stdout).at(-1)?.sums;
      expect(sums).toMatchObject({ governor: { different: 0 }, p33: { other_quantity: 0 } });
      expect(fleet.exchange.records().orders).toHaveLength(ROUNDS);
      const groups = (await redis.xinfo('GROUPS', 'quantum:stream:apply.plan')) as string[][];
      expect(groups.map((group) => group[1]).toSorted()).toEqual(['governor', 'p33']);
      const ours = (await redis.keys('quantum:*')).filter((key) =>
        /control|instance|usage|reservation|audit/.test(key),
      );
      expect(ours).toEqual([]);
    },
    60_000,
  );
});

function lines(stdout: string): Line[] {
  return stdout
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
}
