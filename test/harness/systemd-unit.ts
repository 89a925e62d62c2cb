import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PACKAGE = '/opt/permit-gate/current/node_modules/permit-gate/';

/** What a unit of docker/systemd says, with the places of this machine put in: secrets and state under `folder`. */
export class SystemdUnit {
  readonly #lines: readonly string[];

  constructor(
    readonly name: string,
    private readonly folder: string,
  ) {
    this.#lines = readFileSync(`${ROOT}docker/systemd/${name}.service`, 'utf8').split('\n');
  }

  /** The values of a directive, in their order. */
  all(directive: string): string[] {
    const own = this.#lines.filter((line) => line.startsWith(`${directive}=`));
    return own.map((line) => line.slice(directive.length + 1));
  }

  get after(): string[] {
    return this.all('After').join(' ').split(' ');
  }

  get stopWithinMs(): number {
    return Number(this.all('TimeoutStopSec')[0]) * 1_000;
  }

  get stateFolder(): string {
    return `${this.folder}/state/${this.all('StateDirectory')[0]}`;
  }

  /** Credentials: where each is copied from, by the name it has in the folder of the process. */
  get credentials(): ReadonlyMap<string, string> {
    const pairs = this.all('LoadCredential').map((each) => each.split(':'));
    return new Map(pairs.map(([name = '', from = '']) => [name, from.replace('/etc/permit-gate', this.folder)]));
  }

  get credentialsFolder(): string {
    return `${this.folder}/credentials/${this.name}`;
  }

  /** The program behind Node and its arguments: `ExecStart` with this repository in place of the installed package. */
  get command(): { readonly nodeOptions: string[]; readonly main: string; readonly args: string[] } {
    const [node, ...rest] = this.all('ExecStart')[0]?.split(' ') ?? [];
    const at = rest.findIndex((word) => word.startsWith(PACKAGE));
    const main = rest[at]?.replace(PACKAGE, ROOT);
    if (node !== '/usr/bin/node' || main === undefined) throw new Error(`${this.name}: ExecStart is not understood`);
    return { nodeOptions: rest.slice(0, at), main, args: rest.slice(at + 1) };
  }

  /** The variables of `Environment=`, then those of its files, which go before them as systemd does it. */
  variables(files: Readonly<Record<string, string>>): Record<string, string> {
    const own = this.all('Environment').flatMap((line) => line.split(' '));
    const pairs = own.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)] as const);
    const known = pairs.map(([name, value]) => [
      name,
      value.replace('%d', this.credentialsFolder).replace('%S', `${this.folder}/state`),
    ]);
    return { ...Object.fromEntries(known), ...files };
  }
}
