import * as fc from 'fast-check';

/** Property tests with the same inputs in every run, so that a mutant found once is found always. */
fc.configureGlobal({ seed: 20_260_131, endOnFailure: true });
