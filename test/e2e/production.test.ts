import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startGate } from '../harness/gate-process.js';
import { KeyFolder } from '../harness/signing-keys.js';
import { TestDeployment } from '../harness/test-deployment.js';
import { TEST_ADMIN, writeRedisConf, writeUsersFile } from '../harness/users-file.js';

describe('a Governor of production on the shipped Redis configuration', () => {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-production-'));
  const keys = new KeyFolder();
  let deployment: TestDeployment;
  let safe: Record<string, string>;

  const file = (name: string, text: string): string => {
    const path = join(folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const tokens = (role: string): string =>
    file(
      `${role}.json`,
      JSON.stringify([{ name: role, role, sha256: createHash('sha256').update(role).digest('hex') }]),
    );

  beforeAll(async () => {
    const [users, conf] = [join(folder, 'users.acl'), join(folder, 'redis.conf')];
    writeUsersFile(users);
    writeRedisConf(conf, users, folder);
    deployment = await TestDeployment.create({}, { file: conf });
    safe = {
      APPLY_MODE: 'production',
      ROLES: 'governor',
      INSTANCE_ID: 'e2e',
      HTTP_PORT: '0',
      REDIS_URL: `unix://${deployment.redis.socketPath}`,
      EXCHANGE_REST_URL: deployment.exchange.restUrl,
      REDIS_USERNAME: 'permit-gate-governor',
      REDIS_PASSWORD_FILE: file('password', 'permit-gate-governor'),
      REDIS_OPERATOR_USERNAME: 'permit-gate-operator',
      REDIS_OPERATOR_PASSWORD_FILE: file('operator.password', 'permit-gate-operator'),
      ADMIN_TOKENS_FILE: tokens('admin'),
      CONTROL_STATE_DIR: folder,
      AUDIT_KEY_FILE: file('audit.key', 'k'.repeat(32)),
      PERMIT_SIGNING_KEY_FILE: keys.keyFile('governor'),
    };
  });
  afterAll(async () => {
    await deployment.close();
    keys.remove();
    rmSync(folder, { recursive: true });
  });

  it('exits 78 with every unsafe setting, and says what to do about each [C18]', async () => {
    const open = file('open.password', 'permit-gate-governor');
    chmodSync(open, 0o644);
    const { ROLES: _, ...others } = safe;
    const { code, stderr } = await deployment.run(['serve'], {
      ...others,
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
      REDIS_PASSWORD_FILE: open,
      EXCHANGE_REST_URL: 'https://testnet.binancefuture.com.',
      EXCHANGE_WS_URL: 'wss://fstream.binancefuture.com.',
      BINANCE_TESTNET_API_KEY: 'k',
    });
    expect(code).toBe(78);
    for (const [variable, remedy] of [
      ['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_EXTRA_CA_CERTS'],
      ['ROLES', 'Run a process for each role'],
      ['REDIS_PASSWORD_FILE', `chmod 600 ${open} (a Kubernetes secret volume: defaultMode 0440 with fsGroup)`],
      ['EXCHANGE_REST_URL', 'this one is Binance’s own for the other account'],
      ['EXCHANGE_WS_URL', 'this one is Binance’s own for the other account'],
      ['BINANCE_TESTNET_API_KEY', 'not set while APPLY_MODE is production'],
    ] as const) {
      expect(stderr).toContain(`\n  ${variable}\n`);
      expect(stderr).toContain(remedy);
    }
    expect(stderr).not.toContain('permit-gate-governor');
  });

  it('exits 78 where nobody may release the kill switch [C18]', async () => {
    const { code, stderr } = await deployment.run(['serve'], { ...safe, ADMIN_TOKENS_FILE: tokens('operator') });
    expect([code, stderr]).toEqual([78, expect.stringContaining('nobody else may release the kill switch')]);
    expect(stderr).toContain('permit-gate token create');
  });

  it('exits 78 on a Redis that is open, has no memory limit, or whose user may do more, and starts once it is repaired [C18]', async () => {
    const admin = new Redis({ path: deployment.redis.socketPath, username: TEST_ADMIN, password: TEST_ADMIN });
    await admin.call('ACL', 'SETUSER', 'default', 'on', 'nopass');
    await admin.config('SET', 'maxmemory', '0');
    await admin.call('ACL', 'SETUSER', 'permit-gate-governor', '+replicaof');
    const { code, stdout } = await deployment.run(['serve'], safe);
    expect(code).toBe(78);
    for (const told of [
      'Redis\' connection without a password is accepted (PING: PONG): write \\"user default off',
      "Redis' maxmemory is not set: set maxmemory to less than the memory of its machine",
      'the Redis user of REDIS_USERNAME has other rights than governor needs: it may REPLICAOF no one and must not',
      'Load the docker/redis/users.acl of this version',
    ])
      expect(stdout).toContain(told);
    await admin.config('SET', 'maxmemory', '512mb');
    // It ends every connection.
    await admin.call('ACL', 'LOAD');
    admin.disconnect();
    const { stdout: doctor } = await deployment.run(['doctor'], safe);
    expect(doctor).toMatch(/redis: rights +permit-gate-governor has the \d+ rights that governor needs/);
    const { program } = await startGate(safe, deployment.folder);
    expect((await program.stop('SIGTERM')).code).toBe(0);
  });
});
