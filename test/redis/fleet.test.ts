import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAdminToken } from '../harness/admin-token.js';
import { eventually } from '../harness/eventually.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';

interface Shown {
  readonly role: string;
  readonly instance: string;
  readonly state: string;
  readonly text: string;
  readonly [member: string]: unknown;
}
interface FleetSaid {
  readonly complete: boolean;
  readonly instances: readonly Shown[];
  readonly missing: readonly { readonly role: string; readonly text: string; readonly remedy: string }[];
}

let testEnv: TestEnvironment;
let gate: Gate;
let token: string;

async function fleet(): Promise<FleetSaid> {
  const response = await fetch(`${gate.url}/api/v1/fleet`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  return (await response.json()) as FleetSaid;
}
/** Waits until the fleet is such; a state changes with the next heartbeat. */
const fleetWhen = (holds: (said: FleetSaid) => boolean): Promise<FleetSaid> => {
  let said: FleetSaid;
  return eventually(
    async () => {
      said = await fleet();
      return holds(said) ? said : undefined;
    },
    10_000,
    () => said,
  );
};
const of = ({ instances }: FleetSaid, instance: string): Shown | undefined =>
  instances.find((each) => each.instance === instance);

beforeAll(async () => {
  testEnv = await TestEnvironment.create({ positions: { BTCUSDT: '0.010' } });
  const made = createAdminToken(mkdtempSync(join(tmpdir(), 'permit-gate-fleet-')), 'boss');
  token = made.token;
  const env = { ADMIN_TOKENS_FILE: made.tokensFile, INSTANCE_ID: 'first' };
  gate = await testEnv.gate({ roles: 'apply,position-brain', http: true, env });
});
afterAll(() => testEnv.close());

describe('the fleet', () => {
  it('names every instance of every role with what it runs, and the role that nobody has', async () => {
    const said = await fleetWhen(({ instances }) => instances.every(({ state }) => state === 'ready'));
    expect(said.instances.map(({ role, instance, state }) => [role, instance, state])).toEqual([
      ['apply', 'first', 'ready'],
      ['position-brain', 'first', 'ready'],
    ]);
    expect(of(said, 'first')).toMatchObject({
      text: 'It is ready.',
      ours: true,
      faults: [],
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      configuration: expect.stringMatching(/^[0-9a-f]{8}$/),
      mode: 'testnet',
      pid: process.pid,
      host: expect.any(String),
      started_ms: Math.round(performance.timeOrigin),
      differs: [],
    });
    expect(said.complete).toBe(false);
    expect(said.missing).toEqual([
      {
        role: 'governor',
        last_seen_ms: null,
        text: 'No process with ROLES=governor is alive, and none was seen before.',
        remedy: 'ROLES=governor permit-gate serve',
      },
    ]);
  });

  it('is complete when every role has a process that is ready', async () => {
    await testEnv.gate({ roles: 'governor', env: { INSTANCE_ID: 'gov-1', HTTP_PORT: '0', GOV_METRICS_PORT: '0' } });
    const said = await fleetWhen(({ complete }) => complete);
    expect(said.instances).toHaveLength(3);
    expect(said.missing).toEqual([]);
    expect(new Set(said.instances.map(({ configuration }) => configuration)).size).toBe(1);
  });

  it('marks the instance whose configuration differs, and where it differs', async () => {
    const other = await testEnv.gate({ roles: 'governor', env: { INSTANCE_ID: 'gov-2', GOV_MAX_EXEC_PER_HOUR: '9' } });
    const said = await fleetWhen((each) => of(each, 'gov-2')?.state === 'ready');
    expect(of(said, 'gov-2')).toMatchObject({ differs: ['configuration'], differs_in: ['Governor'] });
    expect(of(said, 'gov-1')).toMatchObject({ differs: [], differs_in: [] });
    await other.stop();
    const after = await fleet();
    expect(of(after, 'gov-2')).toMatchObject({
      state: 'ended',
      text: expect.stringMatching(/^It ended in order \d+ s ago\.$/),
    });
    expect(after.complete).toBe(true);
  });

  it('shows for a while a process that was killed, and names its role as missing', async () => {
    const { redis, keys } = testEnv;
    const [seconds = 0] = await redis.time();
    const about = { version: '0.0.9', faults: [], ended: false };
    await redis.hset(keys.fleet('governor'), 'killed', `${(seconds - 14) * 1000} ${JSON.stringify(about)}`);
    const said = await fleetWhen((each) => of(each, 'killed') !== undefined);
    expect(of(said, 'killed')).toMatchObject({
      state: 'gone',
      text: expect.stringMatching(/^It is gone: it was last seen 1[3-6] s ago, and did not end in order\.$/),
      // Of an instance that is gone it says nothing that it runs something else.
      differs: [],
    });
    expect(said.complete).toBe(false);
    // Ten minutes later nobody asks for it any more.
    await redis.hset(keys.fleet('governor'), 'killed', `${(seconds - 601) * 1000} ${JSON.stringify(about)}`);
    await eventually(async () => (await redis.hexists(keys.fleet('governor'), 'killed')) === 0 || undefined, 5_000);
  });

  it('names services of another make, and processes that say nothing about themselves', async () => {
    const { redis, keys } = testEnv;
    await redis.xgroup('CREATECONSUMER', keys.planStream(), 'p33', 'p33-python');
    await redis.xgroup('CREATECONSUMER', keys.planStream(), 'governor', 'governor-earlier');
    await redis.set(keys.lease('governor', 'earlier'), 'token', 'PX', 60_000);
    const said = await fleet();
    expect(of(said, 'p33-python')).toMatchObject({
      role: 'position-brain',
      state: 'reading',
      ours: false,
      text: expect.stringMatching(/^It is a service of another make, without a lease; it read \d s ago\.$/),
      version: null,
    });
    expect(of(said, 'earlier')).toMatchObject({ role: 'governor', state: 'alive', ours: true, version: null });
  });

  it('is read also where a hand put a key of another type, which keeps no process from starting', async () => {
    const { redis, keys } = testEnv;
    await redis.del(keys.fleet('governor'));
    await redis.set(keys.fleet('governor'), 'not a hash');
    const started = await testEnv.gate({ roles: 'governor', env: { INSTANCE_ID: 'gov-3' } });
    const said = await fleetWhen((each) => of(each, 'gov-3')?.state === 'alive');
    expect(of(said, 'gov-3')?.version).toBeNull();
    await redis.del(keys.fleet('governor'));
    await started.stop();
  });

  it('says why a process is not ready', async () => {
    const { exchange } = testEnv;
    exchange.addFault({ times: -1, action: { type: 'status', status: 503, body: 'down' } });
    const said = await fleetWhen((each) => of(each, 'first')?.state === 'not_ready');
    expect(of(said, 'first')?.text).toMatch(/^It is not ready: .*exchange: /);
  });
});
