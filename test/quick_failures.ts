import fc from 'fast-check';

/** A property that fails is not made smaller: a mutant is killed by any failure. */
fc.configureGlobal({ endOnFailure: true });
