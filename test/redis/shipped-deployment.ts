import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ControlStore } from '../../src/redis/stores/control-store.js';
import { eventually } from '../harness/eventually.js';
import { RedisServer } from '../harness/redis-server.js';
import { type Gate, TestEnvironment } from '../harness/test-environment.js';
import { TEST_ADMIN, writeRedisConf, writeUsersFile } from '../harness/users-file.js';

const ROLES = ['position-brain', 'governor', 'apply'] as const;
const ADMIN = { username: TEST_ADMIN, password: TEST_ADMIN };
const OPERATOR = 'permit-gate-operator';

/** A redis-server with the shipped redis.conf and users.acl; `folder` has both and its data. */
export async function shippedServer(): Promise<{ readonly server: RedisServer; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-shipped-'));
  const [acl, conf] = [join(folder, 'users.acl'), join(folder, 'redis.conf')];
  writeUsersFile(acl);
  writeRedisConf(conf, acl, folder);
  return { server: await new RedisServer({ file: conf }).start(), folder };
}

/** A deployment on the shipped configuration, whose roles work under their own Redis users. */
export class ShippedDeployment {
  private constructor(
    readonly server: RedisServer,
    readonly folder: string,
    readonly testEnv: TestEnvironment,
  ) {}

  static async start(): Promise<ShippedDeployment> {
    const { server, folder } = await shippedServer();
    const positions = { BTCUSDT: '0.010', ETHUSDT: '-0.5' };
    const testEnv = await TestEnvironment.create({ positions }, server.socketPath, { prefix: 'quantum:', ...ADMIN });
    testEnv.redis.on('error', () => undefined);
    return new ShippedDeployment(server, folder, testEnv);
  }

  async close(): Promise<void> {
    await this.testEnv.close();
    await this.server.stop();
    rmSync(this.folder, { recursive: true });
  }

  /** Every role as a process of its own under its own Redis user; Apply's has the operators' connection. */
  async startRoles(server: RedisServer = this.server): Promise<Gate[]> {
    const gates = await Promise.all(
      ROLES.map((role) =>
        this.testEnv.gate({
          roles: role,
          start: false,
          env: {
            REDIS_URL: `unix://${server.socketPath}`,
            REDIS_USERNAME: `permit-gate-${role}`,
            REDIS_PASSWORD: `permit-gate-${role}`,
            ...(role === 'apply' ? { REDIS_OPERATOR_USERNAME: OPERATOR, REDIS_OPERATOR_PASSWORD: OPERATOR } : {}),
            APPLY_ALLOWLIST: 'BTCUSDT,ETHUSDT',
          },
        }),
      ),
    );
    for (const gate of gates.toReversed()) await gate.supervisor.start();
    return gates;
  }

  /** A plan of each symbol carried out, a hold, the kill switch engaged; then every process stops. */
  async workAndStop(between: () => Promise<void> = () => Promise.resolve()): Promise<void> {
    const { testEnv } = this;
    const ledgerOf = (symbol: string): Promise<string | null> =>
      testEnv.redis.hget(testEnv.keys.ledger(symbol), 'last_known_amt');
    const gates = await this.startRoles();
    for (const symbol of ['BTCUSDT', 'ETHUSDT']) await eventually(async () => (await ledgerOf(symbol)) ?? undefined);
    await testEnv.propose('BTCUSDT', 'PARTIAL_75');
    await eventually(async () => (await ledgerOf('BTCUSDT')) === '0.003' || undefined, 10_000);
    await between();
    await testEnv.propose('ETHUSDT', 'FULL_CLOSE_PROPOSED');
    await eventually(async () => (await testEnv.results()).length === 2 || undefined, 10_000);
    await eventually(async () => Number(await ledgerOf('ETHUSDT')) === 0 || undefined);
    const control = gates[2]?.app.get(ControlStore, { strict: false });
    const [by, at_ms] = ['test', Date.now()];
    await control?.setHold({ symbol: 'ETHUSDT', cause: 'operator', reason: 'a test', by, at_ms }, 'operator', false);
    await control?.setKillSwitch({ engaged: true, by, reason: 'a test', at_ms });
    await Promise.all(gates.map((gate) => gate.stop()));
  }
}
