import type { ModelIdentity, PeerDescription } from '../bench/peers/peer.ts';
import type { PeerProblem } from '../bench/peers/problem.ts';
import { asFailure, Failure } from '../errors.ts';
import { packagePath } from '../hosts/package_path.ts';
import { layersOf } from '../model/layer_list.ts';
import { JsonProcess } from './json_process.ts';

/** Imports can take long, and so can compiling on a GPU. A step gets the same time. */
const ANSWER_MS = 180_000;

/** The script's description of itself. */
type Answer = ModelIdentity & Omit<PeerDescription, 'peer'> & { modes: string[]; notes: string[] };

/** PyTorch on the problem, in its own Python process. */
export class PyTorch {
  private constructor(
    private readonly process: JsonProcess,
    private readonly answerMs: number,
    readonly answer: Answer,
  ) {}

  /** Starts the first Python that has torch: PYTHON if it is set, else an installed one. Throws peer-failed. */
  static async start(problem: PeerProblem, env: NodeJS.ProcessEnv, answerMs = ANSWER_MS): Promise<PyTorch> {
    const candidates = env.PYTHON ? [env.PYTHON] : ['python3', '/usr/bin/python3'];
    const reasons: string[] = [];
    for (const python of candidates) {
      const process = new JsonProcess(python, [packagePath('src/bench/peers/pytorch.py')], env);
      try {
        return new PyTorch(process, answerMs, requireAnswer(await process.ask(toPlain(problem), answerMs)));
      } catch (error) {
        process.kill();
        reasons.push(`${python}: ${asFailure(error).message}`);
      }
    }
    throw new Failure(
      'peer-failed',
      `no python3 with torch found (${reasons.join('; ')}): install it (Debian: apt install python3-torch), name a python with PYTHON, or leave pytorch out`,
    );
  }

  /** Each of PyTorch's ways to run the step, as a peer. */
  get peers(): (PeerDescription & { mode: string })[] {
    const { modes, version, detail } = this.answer;
    return modes.map((mode) => ({ mode, peer: `PyTorch ${mode}`, version, detail }));
  }

  /**
   * Takes `steps` training steps; returns the milliseconds of all of them. Throws peer-failed if the process does not
   * answer.
   */
  async run(mode: string, steps: number): Promise<number> {
    try {
      const { seconds } = (await this.process.ask({ mode, steps }, this.answerMs)) as { seconds?: unknown };
      if (!(typeof seconds === 'number' && seconds > 0)) throw new Error(`it gave ${seconds} for seconds`);
      return 1000 * seconds;
    } catch (error) {
      const { message } = asFailure(error);
      throw new Failure('peer-failed', `PyTorch failed in the middle (${message}): run it again, or leave pytorch out`);
    }
  }

  close(): void {
    this.process.kill();
  }
}

/** The model as a list of layers; JSON has no typed arrays. */
function toPlain({ batch: { samples, x, y }, parameters, config, adam }: PeerProblem): object {
  const values = Object.entries(parameters).map(([name, array]) => [name, [...array]]);
  const batch = { samples, x: [...x], y: [...y] };
  return { layers: layersOf(config), adam, batch, parameters: Object.fromEntries(values) };
}

function requireAnswer(value: unknown): Answer {
  const { version, detail, modes, notes, parameterCount, firstLoss } = (value ?? {}) as Partial<Answer>;
  const isComplete = version && detail && modes && notes && parameterCount !== undefined && firstLoss !== undefined;
  if (!isComplete) throw new Error(`answered ${JSON.stringify(value).slice(0, 40)}, which is not a description`);
  return { version, detail, modes, notes, parameterCount, firstLoss };
}
