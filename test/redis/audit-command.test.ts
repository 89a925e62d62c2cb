import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { verdictText } from '../../src/cli/api/audit.js';
import { verdictHere, verdictOf } from '../../src/cli/api/audit-check.js';
import { exportAudit } from '../../src/cli/api/audit-export.js';
import { ApiClient } from '../../src/cli/api/client.js';
import { AuditLog } from '../../src/redis/stores/audit-log.js';
import { eventually } from '../harness/eventually.js';
import { AUDIT_KEY, factsOf, OTHER_KEY } from './audit-support.js';
import { OpsApp, TOKENS } from './ops-support.js';

const folder = mkdtempSync(join(tmpdir(), 'permit-gate-audit-'));
const [copy, keyFile, wrongKey] = ['copy.jsonl', 'all.keys', 'other.keys'].map((name) => join(folder, name));
const NONE = { file: undefined, keyFile: undefined, copy: undefined };
const linesOf = (file = ''): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

let ops: OpsApp;
let other: OpsApp;
let api: ApiClient;
beforeAll(async () => {
  writeFileSync(keyFile ?? '', `${AUDIT_KEY}\n${OTHER_KEY}\n`);
  writeFileSync(wrongKey ?? '', OTHER_KEY);
  ops = await OpsApp.start({ socket: inject('redisSocket'), environment: { AUDIT_KEY, AUDIT_COPY: copy } });
  const REDIS_KEY_PREFIX = ops.environment.redisKeyPrefix;
  const environment = { REDIS_KEY_PREFIX, AUDIT_KEY: OTHER_KEY, ROLES: 'governor', INSTANCE_ID: 'g' };
  other = await OpsApp.start({ socket: inject('redisSocket'), environment });
  api = ApiClient.at(ops.url, TOKENS.viewer);
  for (let i = 0; i < 5; i += 1) {
    await ops.app.get(AuditLog).record(factsOf(`act-${i}`));
    await other.app.get(AuditLog).record(factsOf(`act-${i}`));
  }
});
afterAll(async () => {
  await other.close();
  await ops.close();
  rmSync(folder, { recursive: true });
});

it('asks the deployment, which proves its own chain, and follows those whose keys it does not have', async () => {
  const verdict = await verdictOf(api);
  expect(verdict).toMatchObject({
    intact: true,
    chains: [
      { chain: 'apply:ops-test', entries: 5, key: 'proven', faults: [] },
      { chain: 'governor:g', entries: 5, key: 'not here', faults: [] },
    ],
  });
  expect(verdictText(verdict).replaceAll('\n', ' ')).toMatch(/The audit is whole\.$/);
});

it('proves every chain here, with all keys, from the deployment or from an export', async () => {
  const exported = join(folder, 'audit.jsonl');
  await exportAudit(api, exported);
  expect(linesOf(exported)).toHaveLength(12);
  for (const verdict of [
    await verdictHere(api, { ...NONE, keyFile }),
    await verdictHere(undefined, { ...NONE, file: exported, keyFile }),
  ])
    expect(verdict).toMatchObject({ intact: true, chains: [{ key: 'proven' }, { key: 'proven' }] });
  await expect(exportAudit(api, exported)).rejects.toThrow(/cannot be written: EEXIST/);
  const changed = linesOf(exported).map((line) => line.replace('reason of act-3', 'another reason'));
  writeFileSync(exported, changed.join('\n'));
  const verdict = await verdictHere(undefined, { ...NONE, file: exported, keyFile });
  expect(verdict['intact']).toBe(false);
  expect(verdictText(verdict).replaceAll('\n', ' ')).toMatch(
    /apply:ops-test changed .*: entry 4: its content, id or key/,
  );
});

it('with the key of another chain alone it proves nothing of the first, and says so', async () => {
  const { chains } = await verdictHere(api, { ...NONE, keyFile: wrongKey });
  expect(chains).toMatchObject([{ chain: 'apply:ops-test', key: 'not here' }, { key: 'proven' }]);
});

it('names what a copy has and Redis has no more, after everything in Redis was deleted', async () => {
  await eventually(() => linesOf(copy).length === 5 || undefined);
  appendFileSync(copy ?? '', '{"chain":"apply:ops-test","id":"1-1","fields":{"half a li');
  expect(await verdictHere(api, { ...NONE, keyFile, copy })).toMatchObject({ intact: true });
  const { redis, keys } = ops;
  await redis.del(ops.auditStream, keys.auditHeads(), keys.auditGovernor('g'));
  // The process itself notices as well, and goes on with entry 6.
  const verdict = await verdictHere(api, { ...NONE, keyFile, copy });
  expect(verdictText(verdict).replaceAll('\n', ' ')).toMatch(
    /apply:ops-test missing .*entries 1 to 5 are missing: cut off, and no checkpoint/,
  );
  const nothing = join(folder, 'nothing.jsonl');
  writeFileSync(nothing, '');
  const byTheCopy = await verdictHere(undefined, { ...NONE, file: nothing, keyFile, copy });
  expect(verdictText(byTheCopy).replaceAll('\n', ' ')).toMatch(
    /entries 1 to \d are missing: at the end, known by the copy/,
  );
});

it('a process that starts with a copy notices that its chain is shorter', async () => {
  const { redisKeyPrefix: REDIS_KEY_PREFIX } = ops.environment;
  const { redis, keys } = ops;
  await redis.del(ops.auditStream, keys.auditHeads(), keys.auditGovernor('g'));
  const environment = { REDIS_KEY_PREFIX, AUDIT_KEY, AUDIT_COPY: copy };
  const next = await OpsApp.start({ socket: inject('redisSocket'), environment });
  try {
    await next.app.get(AuditLog).record(factsOf('after'));
    const { chain } = (await next.call('GET', '/api/v1/audit', 'viewer')).body;
    expect(chain).toEqual({ intact: false, detail: expect.stringMatching(/are missing at the end .* or the copy/) });
  } finally {
    await next.close();
  }
});

it('a copy that cannot be written turns readiness red, and nothing waits for it', async () => {
  const gone = join(folder, 'gone');
  const file = join(gone, 'copy.jsonl');
  const { mkdirSync } = await import('node:fs');
  mkdirSync(gone);
  const next = await OpsApp.start({ socket: inject('redisSocket'), environment: { AUDIT_KEY, AUDIT_COPY: file } });
  try {
    rmSync(gone, { recursive: true });
    const { status } = await next.call('POST', '/api/v1/disarm', 'operator', { reason: 'x' });
    expect(status).toBe(200);
    const reason = await eventually(async () => (await next.call('GET', '/health/ready')).body.error?.audit?.reason);
    expect(reason).toContain(`entries wait for the copy in ${file} (ENOENT`);
  } finally {
    await next.close();
  }
});
