import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { REDIS_USERS } from '../../src/redis/scripts/acl/users.js';
import { objectsOf, ofKind, selects, type StatefulSet } from '../kubernetes/manifest.js';
import { makeSecrets } from '../kubernetes/secrets.js';

const ROLES = ['apply', 'governor', 'position-brain'];
const SECRETS = '/etc/permit-gate/secrets/';

/** Generated from the code. */

const objects = objectsOf();
const sets = ofKind(objects, 'StatefulSet');
const roleOf = (set: StatefulSet): string => set.metadata.name.replace('permit-gate-', '');
const labelsOf = (set: StatefulSet): Readonly<Record<string, string>> => set.spec.template.metadata.labels;
const each = sets.map((set) => [roleOf(set), set] as const);

function environmentOf(set: StatefulSet, podName: string): Record<string, string> {
  const env = set.spec.template.spec.containers[0]?.env ?? [];
  return Object.fromEntries(
    env.map(({ name, value, valueFrom }) => [
      name,
      valueFrom?.fieldRef.fieldPath === 'metadata.name' ? podName : (value ?? ''),
    ]),
  );
}

describe('docker/kubernetes/permit-gate.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-kubernetes-'));
  let secretFolder: (secret: string) => string;
  beforeAll(() => ({ folderOf: secretFolder } = makeSecrets(folder)));
  afterAll(() => rmSync(folder, { recursive: true }));

  it('has a StatefulSet, a budget, a policy and a Service for each role', () => {
    expect(sets.map(roleOf)).toEqual(ROLES);
    for (const set of sets) {
      expect(selects(set.spec.selector.matchLabels, labelsOf(set))).toBe(true);
      const budgets = ofKind(objects, 'PodDisruptionBudget').map(({ spec }) => spec.selector.matchLabels);
      const policies = ofKind(objects, 'NetworkPolicy').map(({ spec }) => spec.podSelector.matchLabels);
      const services = ofKind(objects, 'Service').filter(({ metadata }) => metadata.name === set.spec.serviceName);
      for (const found of [budgets, policies, services.map(({ spec }) => spec.selector)])
        expect(found.filter((selector) => selects(selector, labelsOf(set)))).toHaveLength(1);
    }
  });

  it.each(each)('gives %s an environment without faults, with its own secrets alone', (role, set) => {
    const { spec } = set.spec.template;
    const secret = secretFolder(spec.volumes.find(({ name }) => name === 'secrets')?.secret?.secretName ?? '');
    const env = environmentOf(set, `permit-gate-${role}-1`);
    const variables = Object.entries(env).map(([name, value]) => [name, value.replace(SECRETS, `${secret}/`)]);
    // The kubelet gives them the group of the pod; a private key is for its owner alone out here.
    for (const [, path = ''] of variables) if (path.startsWith(secret)) chmodSync(path, 0o600);
    const loaded = loadEnvironment({ ...Object.fromEntries(variables), CONTROL_STATE_DIR: folder });
    expect('faults' in loaded ? loaded.faults : []).toEqual([]);
    expect(env['INSTANCE_ID']).toBe(`permit-gate-${role}-1`);
    expect([env['ROLES'], REDIS_USERS[env['REDIS_USERNAME'] as keyof typeof REDIS_USERS]]).toEqual([role, [role]]);
    expect('BINANCE_TESTNET_API_KEY_FILE' in env).toBe(role !== 'governor');
    expect('PERMIT_SIGNING_KEY_FILE' in env).toBe(role !== 'apply');
    expect('REDIS_OPERATOR_PASSWORD_FILE' in env).toBe(role === 'apply');
  });

  it.each(each)('lets %s do nothing that it need not', (_, set) => {
    const { spec } = set.spec.template;
    expect([spec.enableServiceLinks, spec.automountServiceAccountToken]).toEqual([false, false]);
    expect(spec.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, fsGroup: 1000 });
    expect(spec.securityContext.seccompProfile).toEqual({ type: 'RuntimeDefault' });
    expect(spec.containers.map(({ securityContext }) => securityContext)).toEqual([
      {
        allowPrivilegeEscalation: false,
        privileged: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      },
    ]);
    expect(spec.volumes.every(({ secret }) => secret?.defaultMode === 0o440)).toBe(true);
    // 10 s of the process, and the kubelet's own time.
    expect(spec.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(15);
  });

  it.each(each)('asks of %s neither Redis nor the exchange before it restarts it', (_, set) => {
    const [container] = set.spec.template.spec.containers;
    const paths = [container?.startupProbe, container?.livenessProbe, container?.readinessProbe].map(
      (probe) => probe?.httpGet,
    );
    expect(paths).toEqual(['/health/live', '/health/live', '/health/ready'].map((path) => ({ path, port: 'http' })));
  });

  it('reaches Apply for the operators also while it is not ready, and no other role', () => {
    const admin = ofKind(objects, 'Service').find(({ metadata }) => metadata.name === 'permit-gate-admin');
    expect(admin?.spec.publishNotReadyAddresses).toBe(true);
    expect(sets.filter((set) => selects(admin?.spec.selector ?? {}, labelsOf(set))).map(roleOf)).toEqual(['apply']);
  });
});
