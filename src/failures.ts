/** A kind of failure, named by its code. */
export interface FailureKind {
  /** The exit code of the command line: 2 if it was called wrongly, 1 if something failed. */
  exitCode: 1 | 2;
  /** The cause, in whole sentences. */
  cause: string;
  /** The remedy for any failure of this code. The sentence of a failure has its own next step. */
  remedy: string;
}

/** Every code that a failure can have. `docs/errors.md` is made of this table. */
export const FAILURES = {
  'invalid-option': {
    exitCode: 2,
    cause:
      'A command, the page or a call of the library was given a value that it cannot take. The sentence names the setting as it is written there (`--batch-size` on the command line, `batchSize` in an address or a call), the value, and the values that are allowed. Options and commands that do not exist end with exit code 2 too, with a message of the command line’s parser.',
    remedy: 'Give one of the values that the sentence names, or leave the setting out.',
  },
  'invalid-file': {
    exitCode: 1,
    cause:
      'A file cannot be read, is damaged, or does not hold what it should: labelled series, a model, a checkpoint, a result, a profile or a reference file. The sentence names the file, the place in it (row, column, field, layer), the value that is wrong there, and what belongs there.',
    remedy:
      'Correct the value in the file, save the file again with the program that it comes from, or give another file. Nothing was changed.',
  },
  'no-webgpu': {
    exitCode: 1,
    cause:
      'The browser offers no WebGPU to this page: it is too old, or the page came neither over https nor from localhost.',
    remedy: 'Use a current Chrome, Edge, Firefox or Safari, and open the page over https or on localhost.',
  },
  'no-adapter': {
    exitCode: 1,
    cause: 'The browser has WebGPU, but WebGPU finds no graphics adapter that it can use.',
    remedy:
      'Update the graphics driver. In Chrome, `chrome://gpu` lists what is blocked. On the command line `--adapter software` needs no graphics adapter; it is slower, and its results are right too.',
  },
  'adapter-timeout': {
    exitCode: 1,
    cause: 'The graphics driver, or the browser’s GPU process, does not answer.',
    remedy: 'Restart the browser, then update the graphics driver; or use another `--runtime` or `--adapter software`.',
  },
  'device-lost': {
    exitCode: 1,
    cause:
      'The GPU went away while it was used: its driver was reset or updated, it was switched off, or a kernel took too long. Training goes on by itself from the newest checkpoint; this failure comes when several tries in a row were in vain, or when another job than training was under way.',
    remedy:
      'Resume the run from its checkpoint, or start again. If it happens again, update the driver or use a smaller batch.',
  },
  'out-of-memory': {
    exitCode: 1,
    cause: 'The GPU, the browser or Node has not enough memory for the model and its series.',
    remedy: 'Use a smaller batch, fewer series or shorter ones, and close other programs that use the GPU.',
  },
  limit: {
    exitCode: 1,
    cause:
      'A tensor or a workgroup is larger than this adapter allows. The sentence names the limit, the size that is needed and the size that is allowed. It comes before anything is computed.',
    remedy: 'Use a smaller batch, fewer or shorter series, fewer channels or fewer units.',
  },
  shader: {
    exitCode: 1,
    cause:
      'A kernel does not compile. The sentence has its name, line and column, the compiler’s message, and the line itself.',
    remedy:
      'In the workbench: correct the edited line. Otherwise it is a mistake of the driver or of this project: update the driver, or report it.',
  },
  'not-finite': {
    exitCode: 1,
    cause:
      'A loss, a parameter or the attention has become infinite or is not a number any more. The sentence names the step and the epoch. The last good parameters are kept and can be saved.',
    remedy: 'Use a smaller learning rate, limit the gradient’s norm, or scale series and numbers to predict down.',
  },
  'wrong-result': {
    exitCode: 1,
    cause: 'A kernel’s result differs from its float64 reference, so it is not measured.',
    remedy: 'Update the graphics driver; `verify` says which kernels are wrong. Report it if they still are.',
  },
  'no-browser': {
    exitCode: 1,
    cause:
      'The command line found no Chrome, Chromium or Edge, and could not install one; or `CHROME_PATH` names something that is not a program.',
    remedy: 'Install one, set `CHROME_PATH` to one, or use `--runtime dawn`.',
  },
  'browser-failed': {
    exitCode: 1,
    cause: 'The browser that the command line started did not start, did not answer, or ended in the middle of a job.',
    remedy:
      'Run it by hand to see why (often a library of the system is missing), set `CHROME_PATH` to another one, or use `--runtime dawn`.',
  },
  'no-dawn': {
    exitCode: 1,
    cause:
      'WebGPU in Node, the npm package `webgpu`, is not installed, does not start, or its process ended in the middle of a job.',
    remedy: 'Run `npm install webgpu`, update the graphics driver, or use `--runtime chrome`.',
  },
  'not-loaded': {
    exitCode: 1,
    cause:
      'A file of the page’s code could not be loaded: the connection is lost, or the server has a newer version of the page.',
    remedy: 'Check the connection; if the page says that a new version is there, reload it. A run is offered again.',
  },
  'peer-failed': {
    exitCode: 1,
    cause:
      'Another system that should be measured beside this project is missing, fails, or trains another model. With `--peers` alone such a system is left out, and a note says why.',
    remedy: 'Install it, or leave it out.',
  },
  'not-saved': {
    exitCode: 1,
    cause:
      'A file or folder cannot be written. The system’s reason stands in brackets: `ENOSPC` is a full disk, `EACCES` a place where you may not write, `ENOENT` or `ENOTDIR` a folder that does not exist. A training that is under way goes on and reports it once. At its end every result is written that can be, and the model goes to the temporary folder if nothing else takes it.',
    remedy: 'Free some space, or name another place.',
  },
  stopped: {
    exitCode: 1,
    cause: 'Somebody stopped the work before its end. Nothing is wrong.',
    remedy: 'Start again, or resume the run from its checkpoint.',
  },
  internal: {
    exitCode: 1,
    cause: 'An unexpected error: a mistake of this project, of a driver or of a browser.',
    remedy:
      'Run it again. If it comes again, report it with the command or the settings, and with what `doctor` prints.',
  },
} as const satisfies Record<string, FailureKind>;
