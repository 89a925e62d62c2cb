import pc from 'picocolors';
import { wantsColour } from '../../src/cli/terminal.js';
import { MAIN } from '../harness/program.js';
import type { DemoOutcome, Measured, Narrator } from './demo.js';

/** Prints the demo, line by line. */
export class PersonNarrator implements Narrator {
  readonly #colour;

  constructor(private readonly out: NodeJS.WriteStream) {
    this.#colour = pc.createColors(wantsColour(out));
  }

  opening(): void {
    this.#line(this.#colour.bold('permit-gate demo'));
    this.#line('No order leaves without two permits. Everything here runs on this machine, with paper money.');
    this.#line('');
  }

  starting(what: string): void {
    this.#line(`${this.#colour.cyan('▸')} ${what}`);
  }

  settings(settings: Readonly<Record<string, string>>): void {
    const list = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    this.#line(this.#colour.dim(`  Not at their defaults, to be quick: ${list.join(', ')}`));
  }

  scene(number: number, title: string): void {
    this.#line('');
    this.#line(this.#colour.bold(`${number}. ${title}`));
  }

  fact(text: string): void {
    this.#line(`   ${text}`);
  }

  failure(text: string): void {
    this.#line(`   ${this.#colour.red(`✗ ${text}`)}`);
  }

  figures(figures: readonly Measured[]): void {
    this.#line('');
    this.#line(this.#colour.bold('Measured'));
    for (const { name, value, unit, target } of figures) {
      const inTarget = value !== null && value <= target;
      const mark = value === null ? '·' : inTarget ? this.#colour.green('✓') : this.#colour.yellow('!');
      this.#line(
        `   ${mark} ${name}: ${value === null ? 'not reported by this system' : `${value} ${unit}`} (target: at most ${target} ${unit})`,
      );
    }
  }

  verdict({ holds, scenes }: DemoOutcome): void {
    const held = scenes.filter((scene) => scene.holds).length;
    this.#line('');
    this.#line(
      holds
        ? this.#colour.green(`All ${held} scenes came out as they must.`)
        : this.#colour.red(`${held} of ${scenes.length} scenes came out as they must; the last one did not.`),
    );
  }

  whereNext({ url, tokenFile, planId }: DemoOutcome, signInUrl: string): void {
    const command = (line: string): string => `   node ${MAIN} ${line} --url ${url} --token-file ${tokenFile}`;
    this.#line('');
    this.#line(this.#colour.bold('Look around'));
    this.#line(`   ${signInUrl}`);
    this.#line(
      '                              signs a browser on this machine in to the console, once, within two minutes',
    );
    this.#line(`   ${url}/           the console: sign in with the token that is in`);
    this.#line(`   ${tokenFile}`);
    this.#line(`   ${url}/docs       the HTTP interface`);
    this.#line(`   ${url}/metrics    Prometheus metrics`);
    this.#line(command(`trace ${planId}`));
    this.#line(command('plans'));
    this.#line(command('status'));
    this.#line('');
    this.#line('It stays up until Ctrl-C; then everything is taken away again.');
  }

  #line(text: string): void {
    this.out.write(`${text}\n`);
  }
}
