import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { loadEnvironment } from '../../src/config/load-environment.js';
import { loadAdminTokens } from '../../src/ops/access/admin-tokens.js';
import { REDIS_USERS } from '../../src/redis/scripts/acl/users.js';

interface Service {
  readonly image?: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly network_mode?: string;
  readonly depends_on?: Readonly<Record<string, { readonly condition: string }>>;
  readonly healthcheck?: { readonly test: readonly string[] };
  readonly read_only?: boolean;
  readonly user?: string;
  readonly mem_limit?: string;
  readonly pids_limit?: number;
  readonly privileged?: boolean;
  readonly cap_add?: readonly string[];
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly restart?: string;
}

interface Compose {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets: Readonly<Record<string, { readonly file: string }>>;
  readonly volumes: Readonly<Record<string, unknown>>;
}

const ROOT = new URL('../../', import.meta.url).pathname;
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const run = promisify(execFile);

const dockerfile = read('docker/Dockerfile').replaceAll('\\\n', ' ').split('\n');
const instructions = (name: string): string[] =>
  dockerfile.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
const compose = parse(read('docker/compose.yaml'), { merge: true }) as Compose;
const services = Object.entries(compose.services);
/** In production dependencies, and needed by nothing: scripts/check-package.mjs runs the program without them. */
const UNUSED = ['node_modules/typescript', 'node_modules/@scarf'];
const ROLES = ['apply', 'position-brain', 'governor'];

/** What the process in the container sees: the image's variables, then those of compose. */
function environmentOf(service: Service): Record<string, string> {
  const fromImage = instructions('ENV').flatMap((line) => line.split(' ').map((pair) => pair.split('=')));
  return { ...Object.fromEntries(fromImage), ...service.environment } as Record<string, string>;
}

function secretsFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'permit-gate-secrets-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'secrets');
}

describe('the Dockerfile', () => {
  it('copies only files that exist and that .dockerignore lets through', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1));
    const sources = instructions('COPY')
      .filter((line) => !line.startsWith('--from='))
      .flatMap((line) => line.split(/\s+/).slice(0, -1));
    expect(sources).toContain('package-lock.json');
    expect(sources.filter((source) => !existsSync(join(ROOT, source)))).toEqual([]);
    expect(sources.map((source) => source.replace(/^\.\//, '')).filter((source) => !allowed.includes(source))).toEqual(
      [],
    );
  });

  it('pins its base image to a release line', () => {
    expect(instructions('ARG')).toEqual([
      expect.stringMatching(/^NODE_IMAGE=node:\d+-bookworm-slim$/),
      'SOURCE_COMMIT=',
    ]);
    expect(instructions('FROM').every((line) => line.startsWith('${NODE_IMAGE}'))).toBe(true);
  });

  it('runs without a shell, without root, without an inspector, and without development packages', () => {
    for (const name of ['RUN', 'ENTRYPOINT', 'CMD']) {
      for (const line of instructions(name)) expect(line, `${name} ${line}`).toMatch(/^\["/);
    }
    expect(instructions('USER')).toEqual(['1000:1000']);
    expect(instructions('RUN')).toContain('["npm", "ci", "--omit=dev"]');
    expect(instructions('ENTRYPOINT')).toEqual(['["node", "--disable-sigusr1", "dist/main.js"]']);
    expect(instructions('RUN')).toContain(`["rm", "-r", ${UNUSED.map((path) => `"${path}"`).join(', ')}]`);
  });

  it('asks the liveness probe for its health check', () => {
    expect(instructions('HEALTHCHECK').join()).toMatch(/CMD \["node", "docker\/healthcheck\.mjs"\]$/);
  });
});

describe('the health check', () => {
  const script = join(ROOT, 'docker/healthcheck.mjs');

  it.each([
    ['is fine when the probe answers 200', 200, '/health/live', 0],
    ['fails when it answers 503', 503, '/health/live', 1],
  ] as const)('%s', async (_, status, path, code) => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(status).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo;
    const env = { ...process.env, HTTP_HOST: '0.0.0.0', HTTP_PORT: String(port) };
    const ended = await run(process.execPath, [script], { env }).then(
      () => 0,
      (error: { code: number }) => error.code,
    );
    expect([ended, asked]).toEqual([code, [path]]);
  });

  it('fails and says why when nothing listens', async () => {
    await expect(run(process.execPath, [script, 'http://127.0.0.1:1/'])).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringContaining('http://127.0.0.1:1/') as string,
    });
  });
});

describe('compose.yaml', () => {
  it('runs each role in a container of its own', () => {
    const roles = services.flatMap(([name, { environment }]) => (environment?.['ROLES'] === undefined ? [] : [name]));
    expect(roles).toEqual(ROLES);
    for (const role of roles) expect(compose.services[role]?.environment?.['ROLES']).toBe(role);
  });

  it.each(ROLES)('gives %s an environment without faults', async (role) => {
    const folder = secretsFolder();
    await run(process.execPath, [join(ROOT, 'docker/setup.mjs'), folder]);
    // Outside of a container a private key is for its owner alone.
    for (const issuer of ['governor', 'p33']) chmodSync(join(folder, `${issuer}.key`), 0o600);
    const secrets = compose.services[role]?.secrets ?? [];
    const inFolder = Object.entries(environmentOf(compose.services[role] ?? {})).map(([name, value]) => {
      const [, secret] = /^\/run\/secrets\/(.+)$/.exec(value) ?? [];
      return [name, secret === undefined || !secrets.includes(secret) ? value : join(folder, secret)];
    });
    const loaded = loadEnvironment({
      ...Object.fromEntries(inFolder),
      CONFIG_DIR: join(ROOT, 'config'),
      CONTROL_STATE_DIR: folder,
    });
    expect('faults' in loaded ? loaded.faults : []).toEqual([]);
  });

  it('gives each issuer its own key, and Apply none', () => {
    const keysOf = (role: string): string[] =>
      (compose.services[role]?.secrets ?? []).filter((secret) => secret.endsWith('.key'));
    expect(ROLES.map(keysOf)).toEqual([[], ['p33.key'], ['governor.key']]);
  });

  it.each(ROLES)('gives %s the password of its own Redis user', (role) => {
    const environment = environmentOf(compose.services[role] ?? {});
    const user = environment['REDIS_USERNAME'] ?? '';
    expect(REDIS_USERS[user as keyof typeof REDIS_USERS]).toEqual([role]);
    const passwords = (compose.services[role]?.secrets ?? []).filter((secret) => secret.endsWith('.password'));
    expect(passwords).toEqual([`${user}.password`, ...(role === 'apply' ? ['permit-gate-operator.password'] : [])]);
    expect(environment['REDIS_PASSWORD_FILE']).toBe(`/run/secrets/${user}.password`);
  });

  it('gives no exchange keys to the Governor', () => {
    const names = Object.keys(compose.services['governor']?.environment ?? {});
    expect(names.filter((name) => name.startsWith('BINANCE_'))).toEqual([]);
  });

  it('gives processes of one network different ports', () => {
    const ports = ['apply', 'position-brain'].map((role) => compose.services[role]?.environment?.['HTTP_PORT']);
    expect(compose.services['apply']?.network_mode).toBe(compose.services['position-brain']?.network_mode);
    expect(new Set(ports).size).toBe(2);
  });

  it.each(services)('%s has a pinned image, a restart policy and ports on loopback only', (name, service) => {
    const isOurs = service.image === 'permit-gate';
    expect(isOurs ? service.read_only : /:v?\d+\.\d+/.test(service.image ?? ''), name).toBe(true);
    expect(service.restart).toBe('unless-stopped');
    expect((service.ports ?? []).filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it.each(services)(
    '%s runs with no capability, no way to new privileges, a read-only root and limits',
    (name, service) => {
      expect([service.privileged, service.cap_add]).toEqual([undefined, undefined]);
      expect(service.user).toBe(name === 'redis' ? '999:999' : undefined);
      expect(service.mem_limit).toMatch(/^\dg$/);
      expect(service.pids_limit).toBeGreaterThan(0);
      expect(service.read_only).toBe(true);
      expect(service.cap_drop).toEqual(['ALL']);
      expect(service.security_opt).toEqual(['no-new-privileges:true']);
    },
  );

  it.each(services)('%s names only files, secrets, volumes and services that exist', (_, service) => {
    const mounts = (service.volumes ?? []).map((volume) => volume.split(':')[0] ?? '');
    const missing = mounts.filter((source) =>
      source.startsWith('.') ? !existsSync(join(ROOT, 'docker', source)) : !(source in compose.volumes),
    );
    expect(missing).toEqual([]);
    expect((service.secrets ?? []).filter((secret) => !(secret in compose.secrets))).toEqual([]);
    const shared = service.network_mode?.replace(/^service:/, '');
    const named = [...Object.keys(service.depends_on ?? {}), ...(shared === undefined ? [] : [shared])];
    expect(named.filter((other) => !(other in compose.services))).toEqual([]);
    const awaited = Object.entries(service.depends_on ?? {}).filter(
      ([, { condition }]) => condition === 'service_healthy',
    );
    expect(awaited.filter(([other]) => compose.services[other]?.healthcheck === undefined)).toEqual([]);
  });

  it('builds from a Dockerfile that exists', () => {
    const builds = services.flatMap(([, { build }]) => (build === undefined ? [] : [build]));
    expect(builds).toHaveLength(1);
    for (const { context, dockerfile: file } of builds)
      expect(existsSync(join(ROOT, 'docker', context, file))).toBe(true);
  });
});

describe('what goes with it', () => {
  it('Prometheus scrapes ports on which a container serves metrics', () => {
    const { scrape_configs: jobs } = parse(read('docker/prometheus/prometheus.yml')) as {
      scrape_configs: { static_configs: { targets: string[]; labels: { role: string } }[] }[];
    };
    const targets = jobs.flatMap(({ static_configs: groups }) => groups);
    expect(targets.map(({ labels }) => labels.role).toSorted()).toEqual(ROLES.toSorted());
    for (const { targets: addresses, labels } of targets) {
      const service = compose.services[labels.role] ?? {};
      const host = service.network_mode?.replace(/^service:/, '') ?? labels.role;
      const environment = environmentOf(service);
      const ports = [environment['HTTP_PORT'] ?? '8080', environment['P33_METRICS_PORT']];
      for (const address of addresses) {
        expect(address.split(':')[0]).toBe(host);
        expect(ports).toContain(address.split(':')[1]);
      }
    }
  });

  it('redis.conf keeps what a claim wrote and evicts nothing', () => {
    const lines = read('docker/redis/redis.conf').split('\n');
    for (const line of ['maxmemory-policy noeviction', 'appendonly yes', 'aclfile /run/secrets/redis_users.acl']) {
      expect(lines).toContain(line);
    }
  });

  it('setup.mjs makes every secret that compose mounts, and never twice', async () => {
    const folder = secretsFolder();
    await run(process.execPath, [join(ROOT, 'docker/setup.mjs'), folder]);
    for (const { file } of Object.values(compose.secrets)) {
      expect(dirname(file)).toBe('./secrets');
      expect(readdirSync(folder)).toContain(file.split('/').at(-1));
    }
    const passwordOf = (user: string): string => readFileSync(join(folder, `${user}.password`), 'utf8').trim();
    const password = passwordOf('permit-gate-apply');
    await run(process.execPath, [join(ROOT, 'docker/setup.mjs'), folder]);
    expect(passwordOf('permit-gate-apply')).toBe(password);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    const users = readFileSync(join(folder, 'redis_users.acl'), 'utf8');
    expect(users).not.toContain('_SHA256');
    for (const user of Object.keys(REDIS_USERS).filter((name) => name !== 'permit-gate')) {
      const hash = createHash('sha256').update(passwordOf(user)).digest('hex');
      expect(users).toContain(`user ${user} on #${hash} `);
    }
    expect(users).not.toContain('user permit-gate ');
  });

  it('setup.mjs makes tokens that the API knows', async () => {
    const folder = secretsFolder();
    await run(process.execPath, [join(ROOT, 'docker/setup.mjs'), folder]);
    const tokens = loadAdminTokens(join(folder, 'admin_tokens.json'));
    for (const role of ['viewer', 'operator', 'admin']) {
      const token = readFileSync(join(folder, `${role}.token`), 'utf8').trim();
      expect(tokens.find(token)).toEqual({ state: 'valid', token: { name: role, role } });
    }
  });
});
