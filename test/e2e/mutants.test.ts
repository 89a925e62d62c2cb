import { dirname } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTANTS, privateCopy } from '../chaos/mutants.js';
import { MAIN } from '../harness/program.js';

describe('a mutant of the chaos harness', () => {
  it.each(MUTANTS)('$name still fits the built application', async (mutant) => {
    await privateCopy(dirname(MAIN), mutant).resources.release();
    expect(mutant.patches.length).toBeGreaterThan(0);
  });
});
