import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import envPaths from 'env-paths';
import { asFailure } from '../errors.ts';
import type { JobEvent, Tuning } from '../jobs/protocol.ts';
import type { TileChoice } from '../model/tiles.ts';

export interface TuningFlags {
  tune: boolean;
  tile?: string;
}

/** Adds --tile and --no-tune, which every command has whose speed depends on the tiles. */
export function addTuningOptions(command: Command): Command {
  return command
    .addOption(new Option('--tile <id>', "cut the LSTM's kernels so (quads/32); a wrong one lists what there is"))
    .option('--no-tune', "cut the LSTM's kernels by rule, without measuring which way is quickest");
}

/** Where choices are kept: ATTENTION_LSTM_CACHE names the folder; else it is the user's cache folder of the system. */
function cacheFolder(): string {
  return process.env.ATTENTION_LSTM_CACHE || envPaths('attention-lstm-webgpu', { suffix: '' }).cache;
}

/** The choices of earlier runs, in a file of the cache folder. */
export class TileCache {
  private constructor(
    private readonly path: string,
    private readonly known: Record<string, TileChoice>,
  ) {}

  static async open(path = join(cacheFolder(), 'tiles.json')) {
    return new TileCache(path, await readTiles(path));
  }

  /** What a job needs to know to choose its tiles. */
  tuning({ tune, tile }: TuningFlags): Tuning {
    if (tile !== undefined) return { pinned: tile };
    return tune ? { known: this.known } : { off: true };
  }

  /** Keeps what a job has measured. A cache that cannot be written is told of by `log` and costs the next run a second. */
  async keep(event: JobEvent, log: (line: string) => void): Promise<void> {
    if (event.type !== 'tiles') return;
    this.known[event.key] = event.tiles;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(this.path, `${JSON.stringify(this.known, undefined, 2)}\n`);
    } catch (error) {
      log(`Not kept: the tiles that were measured (${asFailure(error).message})`);
    }
  }
}

/** No file, or a damaged one, is no choices: they are measured again. */
async function readTiles(path: string): Promise<Record<string, TileChoice>> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    const isRecord = typeof content === 'object' && content !== null && !Array.isArray(content);
    return isRecord ? (content as Record<string, TileChoice>) : {};
  } catch {
    return {};
  }
}
