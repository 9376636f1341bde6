import type { FAILURES } from './failures.ts';

/** The kind of a failure, for programs. `FAILURES` says what each kind means and what to do. */
export type FailureCode = keyof typeof FAILURES;

/** Whatever can go wrong for a person. The message is one sentence with the value and the next step. */
export class Failure extends Error {
  /** Always `Failure`. */
  override name = 'Failure';

  constructor(
    /** The kind of the failure, for programs: docs/errors.md lists them. */
    readonly code: FailureCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Any thrown value as a Failure. Other values become `internal` and keep their message. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure('internal', error instanceof Error ? error.message : String(error));
}

/** For an import that failed: the connection is lost, or the server of the page has another build by now. */
export function refuseUnloaded(error: Error): never {
  const message = `a part of this program could not be loaded (${error.message}): check the connection, then try again`;
  throw new Failure('not-loaded', message);
}
