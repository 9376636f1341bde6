/**
 * Everything that can go wrong for a person. The message is one sentence with the value and the next step; the code is for
 * programs. `invalid-option` is a mistake in how a command was called (exit code 2), every other code is a failure (1).
 */
export type FailureCode =
  | 'invalid-option'
  | 'invalid-file'
  | 'no-webgpu'
  | 'no-adapter'
  | 'adapter-timeout'
  | 'device-lost'
  | 'out-of-memory'
  | 'limit'
  | 'shader'
  | 'not-finite'
  | 'wrong-result'
  | 'no-browser'
  | 'browser-failed'
  | 'no-dawn'
  | 'peer-failed'
  | 'not-saved'
  | 'stopped'
  | 'internal';

export class Failure extends Error {
  override name = 'Failure';

  constructor(
    readonly code: FailureCode,
    message: string,
  ) {
    super(message);
  }
}

/** Any thrown value as a Failure; what is not one already becomes `internal` and keeps its message. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure('internal', error instanceof Error ? error.message : String(error));
}
