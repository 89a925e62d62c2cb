import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ChildProcesses } from '../harness/child-processes.js';
import { eventually } from '../harness/eventually.js';
import { Program } from '../harness/program.js';
import type { Container, Probe, StatefulSet } from './manifest.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SCRIPT = fileURLToPath(new URL('pod-root.sh', import.meta.url));
/** What the last stage of docker/Dockerfile copies, and its variables. */
const IMAGE = ['package.json', 'LICENSE', 'config', 'docker/healthcheck.mjs', 'node_modules', 'dist'];
const IMAGE_USER = 1000;
const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--fork', '--kill-child', '--propagation', 'private'];

/** Why no pod can be started here; `undefined` if one can. */
export function cannotRunPods(): string | undefined {
  if (process.platform !== 'linux') return `pods run in Linux namespaces; this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'pods run in namespaces with users of their own, which needs root';
  const { status, stderr, error } = spawnSync('unshare', [...NAMESPACES, 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt']);
  if (status === 0) return undefined;
  return `this machine allows no new namespaces (unshare: ${error?.message ?? stderr.toString().trim()}); a container needs CAP_SYS_ADMIN`;
}

export interface PodOptions {
  readonly ordinal: number;
  readonly folder: string;
  /** Files of the pod's Secrets and ConfigMaps, by their names. */
  readonly files: (name: string) => string;
  /** Where it listens: pods here share the network of the host, which has one port 8080. */
  readonly port: number;
  /** Variables that a release gives in `environment`. */
  readonly environment: Readonly<Record<string, string>>;
  readonly processes: ChildProcesses;
}

/** One pod of a rendered StatefulSet, started as the kubelet would: its variables, user, groups, volumes and read-only root. */
export class Pod {
  readonly name: string;
  readonly volume: string;
  readonly url: string;
  readonly graceMs: number;
  readonly container: Container;
  readonly #program: Program;

  constructor(set: StatefulSet, { ordinal, folder, files, port, environment, processes }: PodOptions) {
    const { spec } = set.spec.template;
    const [container] = spec.containers;
    if (container === undefined || spec.containers.length > 1) throw new Error('one container is expected');
    this.container = container;
    this.name = `${set.metadata.name}-${ordinal}`;
    this.url = `http://127.0.0.1:${port}`;
    this.graceMs = spec.terminationGracePeriodSeconds * 1_000;
    const { runAsUser = IMAGE_USER, runAsGroup = runAsUser, fsGroup, runAsNonRoot } = spec.securityContext;
    if (runAsNonRoot === true && runAsUser === 0) throw new Error(`${this.name}: runAsNonRoot refuses the user 0`);
    const own = mkdtempSync(join(folder, `${this.name}-`));
    this.volume = join(own, 'control-state');
    const mounts = container.volumeMounts.map(({ name, mountPath, readOnly }) => {
      const volume = spec.volumes.find((each) => each.name === name);
      const claim = volume?.persistentVolumeClaim?.claimName;
      const claimed =
        claim !== undefined || set.spec.volumeClaimTemplates.some(({ metadata }) => metadata.name === name);
      if (volume === undefined && !claimed) throw new Error(`${this.name}: no volume is named ${name}`);
      // A claim that is named is one volume for all pods.
      const source = claim === undefined ? join(own, name) : join(folder, claim);
      mkdirSync(source, { recursive: true });
      if (volume !== undefined && claim === undefined) copyVolume(volume, source, files, fsGroup);
      chownSync(source, 0, fsGroup);
      chmodSync(source, claimed ? 0o2770 : 0o1777);
      return `${source} ${mountPath} ${readOnly === true ? 'ro' : 'rw'}`;
    });
    const root = join(own, 'root');
    mkdirSync(root);
    const variables = {
      ...imageVariables(),
      ...variablesOf(container, this.name),
      ...environment,
      HTTP_PORT: `${port}`,
    };
    const drop = container.securityContext.capabilities.drop.includes('ALL') ? ['--bounding-set=-all'] : [];
    const noNew = container.securityContext.allowPrivilegeEscalation ? [] : ['--no-new-privs'];
    const user = [`--reuid=${runAsUser}`, `--regid=${runAsGroup}`, `--groups=${fsGroup}`, '--inh-caps=-all'];
    this.#program = new Program(
      [
        root,
        this.name,
        ...user,
        ...drop,
        ...noNew,
        '--',
        'env',
        '-i',
        ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
        process.execPath,
        ...imageArguments(),
        ...container.args,
      ],
      {
        MOUNTS: [...IMAGE.map((path) => `${ROOT}${path} /app/${path} ro`), ...mounts].join('\n'),
        ROOT_MODE: container.securityContext.readOnlyRootFilesystem ? 'ro' : 'rw',
      },
      own,
      { command: 'unshare', nodeOptions: [...NAMESPACES, 'sh'], main: SCRIPT, processes },
    );
  }

  get output(): string {
    return this.#program.stdout + this.#program.stderr;
  }

  /** Asks a probe as often as the kubelet does before it gives up on the container. */
  async started(): Promise<void> {
    const { periodSeconds, failureThreshold } = this.container.startupProbe;
    const passes = async (): Promise<boolean> => (await this.probe('startupProbe')) === 200;
    await this.#program.until(`${this.name} has started`, passes, periodSeconds * failureThreshold * 1_000);
  }

  async ready(withinMs = 40_000): Promise<void> {
    const passes = async (): Promise<boolean> => (await this.probe('readinessProbe')) === 200;
    await this.#program.until(`${this.name} is ready`, passes, withinMs);
  }

  /** The status that the probe is answered with; 0 without an answer in its time. */
  async probe(kind: 'startupProbe' | 'livenessProbe' | 'readinessProbe'): Promise<number> {
    const { httpGet, timeoutSeconds }: Probe = this.container[kind];
    const named = this.container.ports.some(({ name, containerPort }) => [name, containerPort].includes(httpGet.port));
    if (!named)
      throw new Error(`${kind} of ${this.name} asks the port ${httpGet.port}, which the container does not have`);
    try {
      const signal = AbortSignal.timeout(timeoutSeconds * 1_000);
      const response = await fetch(`${this.url}${httpGet.path}`, { signal });
      await response.arrayBuffer();
      return response.status;
    } catch (error) {
      if (error instanceof TypeError || (error instanceof Error && error.name === 'TimeoutError')) return 0;
      throw error;
    }
  }

  /** A line of /proc/<pid>/status of its first process. */
  status(name: string): string {
    const text = readFileSync(`/proc/${this.#pid()}/status`, 'utf8');
    return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(text)?.[1]?.trim() ?? '';
  }

  /** Seconds of CPU that it has used. */
  cpuSec(): number {
    const fields = readFileSync(`/proc/${this.#pid()}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) / 100;
  }

  /** What its first process has mounted at `path`: its options. */
  mountOptions(path: string): string[] {
    const lines = readFileSync(`/proc/${this.#pid()}/mountinfo`, 'utf8').split('\n');
    const mounted = lines.map((line) => line.split(' ')).findLast((fields) => fields[4] === path);
    return mounted?.[5]?.split(',') ?? [];
  }

  /** SIGTERM to the container's first process; SIGKILL after the grace period, as the kubelet does. */
  async end(): Promise<{ readonly code: number | null; readonly tookMs: number }> {
    const begunMs = performance.now();
    process.kill(this.#pid(), 'SIGTERM');
    const killed = setTimeout(() => process.kill(this.#pid(), 'SIGKILL'), this.graceMs);
    const { code } = await this.#program.ended;
    clearTimeout(killed);
    return { code, tookMs: performance.now() - begunMs };
  }

  kill(): Promise<unknown> {
    return this.#program.stop('SIGKILL');
  }

  /** Process 1 of the pod, by its number out here. */
  #pid(): number {
    const outer = this.#program.pid;
    return Number(readFileSync(`/proc/${outer}/task/${outer}/children`, 'utf8').trim());
  }

  async logged(text: string): Promise<void> {
    await eventually(
      () => this.output.includes(text) || undefined,
      20_000,
      () => this.#program.lastLines(),
    );
  }
}

const dockerfile = readFileSync(`${ROOT}docker/Dockerfile`, 'utf8').split('\n');

/** What the image's ENTRYPOINT gives to Node. The image has Node 24; an earlier one does not know each of its flags. */
function imageArguments(): string[] {
  const line = dockerfile.find((each) => each.startsWith('ENTRYPOINT ')) ?? '';
  const [, ...args] = JSON.parse(line.slice('ENTRYPOINT '.length)) as string[];
  return args.filter((arg) => !arg.startsWith('--') || process.allowedNodeEnvironmentFlags.has(arg));
}

function imageVariables(): Record<string, string> {
  const pairs = dockerfile.filter((line) => line.startsWith('ENV ')).flatMap((line) => line.slice(4).split(' '));
  return Object.fromEntries(pairs.map((pair) => [pair.split('=')[0] ?? '', pair.slice(pair.indexOf('=') + 1)]));
}

function variablesOf({ env }: Container, podName: string): Record<string, string> {
  const valueOf = ({ value, valueFrom }: Container['env'][number]): string => {
    if (valueFrom === undefined) return value ?? '';
    if (valueFrom.fieldRef.fieldPath !== 'metadata.name')
      throw new Error(`unknown field ${valueFrom.fieldRef.fieldPath}`);
    return podName;
  };
  return Object.fromEntries(env.map((each) => [each.name, valueOf(each)]));
}

function copyVolume(
  { secret, configMap }: StatefulSet['spec']['template']['spec']['volumes'][number],
  target: string,
  files: (name: string) => string,
  group: number,
): void {
  const folder = files(secret?.secretName ?? configMap?.name ?? '');
  for (const name of readdirSync(folder)) {
    copyFileSync(join(folder, name), join(target, name));
    chownSync(join(target, name), 0, group);
    chmodSync(join(target, name), secret?.defaultMode ?? 0o644);
  }
}
