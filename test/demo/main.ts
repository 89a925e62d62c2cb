import { readFileSync } from 'node:fs';
import { EXIT } from '../../src/cli/exit.js';
import { printJson } from '../../src/cli/terminal.js';
import { runCommand } from '../harness/command.js';
import { TempResources } from '../harness/temp-resources.js';
import { playDemo } from './demo.js';
import { PersonNarrator } from './narrator.js';
import { type DemoOptions, readOptions, USAGE } from './options.js';
import { SignInLink } from './sign-in-link.js';

/** Runs the demo; returns the exit code. */
export function main(argv: readonly string[]): Promise<number> {
  return runCommand(argv, { usage: USAGE, readOptions, run: runDemo });
}

async function runDemo({ exit, json }: DemoOptions, interrupted: Promise<unknown>): Promise<number> {
  const narrator = new PersonNarrator(json ? process.stderr : process.stdout);
  narrator.opening();
  const outcome = await playDemo(new TempResources('demo'), narrator);
  narrator.figures(outcome.figures);
  narrator.verdict(outcome);
  if (json) printJson(outcome);
  if (exit || !outcome.holds) return outcome.holds ? EXIT.ok : EXIT.notHolding;
  const link = await SignInLink.open(outcome.url, readFileSync(outcome.tokenFile, 'utf8').trim());
  narrator.whereNext(outcome, link.url);
  // The timer keeps the process up while nothing else does.
  const awake = setInterval(() => undefined, 60_000);
  await interrupted.finally(() => clearInterval(awake));
  await link.close();
  return EXIT.ok;
}
