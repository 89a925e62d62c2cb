import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import type { Ended, Program } from '../harness/program.js';
import { TestDeployment } from '../harness/test-deployment.js';

const LEASE_ENDS_WITHIN_MS = 20_000;

describe('two processes, looked at from the command line', () => {
  let deployment: TestDeployment;
  let governor: Program;
  let url: string;
  let variables: Record<string, string>;

  beforeAll(async () => {
    deployment = await TestDeployment.create();
    const { token, tokensFile } = createAdminToken(deployment.folder, 'boss');
    const shared = { ADMIN_TOKENS_FILE: tokensFile };
    [[, url], [governor]] = await Promise.all([
      deployment.serve({ ...shared, ROLES: 'apply,position-brain', INSTANCE_ID: 'main' }),
      deployment.serve({ ...shared, ROLES: 'governor', INSTANCE_ID: 'gov-1' }),
    ]);
    variables = { PERMIT_GATE_URL: url, PERMIT_GATE_TOKEN: token };
  }, 100_000);
  afterAll(() => deployment.close());

  const run = (...args: string[]): Promise<Ended> => deployment.run(args, variables);
  /** Runs it until it ends with this code. */
  const endsWith = (code: number, ...args: string[]): Promise<Ended> => {
    let ended: Ended | undefined;
    return eventually(
      async () => {
        ended = await run(...args);
        return ended.code === code ? ended : undefined;
      },
      LEASE_ENDS_WITHIN_MS,
      () => ended,
    );
  };
  const widest = ({ stdout }: Ended): number => Math.max(...stdout.split('\n').map((line) => line.length));

  it('the fleet is complete, nothing needs a person, and all fits 80 columns', async () => {
    const fleet = await endsWith(0, 'fleet');
    expect(fleet.stdout).toMatch(/^apply +main +ready +\d+ s +\d+ m?s$/m);
    expect(fleet.stdout).toMatch(/^governor +gov-1 +ready +\d+ s +\d+ m?s$/m);
    expect(fleet.stdout).toMatch(
      /^version \d+\.\d+\.\d+ \([0-9a-f]{7,}\S*\), configuration [0-9a-f]{8}, mode testnet$/m,
    );
    const check = await endsWith(0, 'status', '--check');
    expect(check.stdout).toBe('Nothing needs a person.\n');
    const [limits, streams, status] = await Promise.all([run('limits', 'btcusdt'), run('streams'), run('status')]);
    expect(limits.stdout).toMatch(/^BTCUSDT +per hour +0 +0 +3 +3 +–$/m);
    expect(streams.stdout).toMatch(/^governor-gov-1 +apply\.plan +0 +is alive$/m);
    expect([fleet, check, limits, streams, status].map(widest).filter((width) => width > 80)).toEqual([]);
    expect([limits.code, streams.code, status.code]).toEqual([0, 0, 0]);
    expect((await run('limits', 'NOUSDT')).code).toBe(1);
  });

  it('a killed Governor is named as gone and its role as missing, with the command that helps; a watch goes on', async () => {
    const watch = deployment.start(['fleet', '--watch'], variables);
    await watch.until('drawn', () => watch.stdout.includes('gov-1'));
    await governor.stop('SIGKILL');
    const check = await endsWith(1, 'status', '--check');
    expect(check.stdout.split('\n')).toEqual([
      'One thing needs a person.',
      '',
      expect.stringMatching(/^1\. No process with ROLES=governor is alive; the last one was seen at .*$/),
      expect.stringMatching(/^ {3}.*UTC\.$/),
      '   $ ROLES=governor permit-gate serve',
      '',
    ]);
    const [fleet, status, streams] = await Promise.all([run('fleet'), run('status'), run('streams')]);
    expect(fleet.code).toBe(1);
    expect(fleet.stdout).toMatch(/^governor +gov-1 +gone +/m);
    expect(fleet.stdout).toMatch(
      /^governor gov-1: It is gone: it was last seen \d+ s ago, and did not end in order\.$/m,
    );
    expect(status).toMatchObject({ code: 0, stdout: expect.stringMatching(/^governor +missing; gov-1 gone$/m) });
    expect(streams.stdout).toMatch(/^governor-gov-1 +apply\.plan +0 +is dead$/m);
    await watch.until('it shows that too', () => watch.stdout.includes('It is gone'));

    await deployment.redis.kill();
    await watch.until('the connection is lost', () => watch.stdout.includes('connection lost, it is tried again'));
    expect(watch.stdout.split('connection lost')[1]).toContain('gov-1');
    expect((await run('status')).code).toBe(69);
    // The check of Redis is repeated every second or so.
    await eventually(async () => /^redis +not fit/m.test((await run('status')).stdout) || undefined, 10_000);
    await deployment.redis.start();
    const drawn = watch.stdout.length;
    await watch.until('it goes on', () => /every 2 s/.test(watch.stdout.slice(drawn)));
    expect((await watch.stop('SIGINT')).code).toBe(0);
  });
});
