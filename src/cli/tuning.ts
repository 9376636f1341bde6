import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import envPaths from 'env-paths';
import { asFailure } from '../errors.ts';
import type { JobEvent, Tuning } from '../jobs/protocol.ts';
import type { TileChoice } from '../model/tiles.ts';

export interface TuningFlags {
  /** Absent: if the run gains from it. */
  tune?: boolean;
  tile?: string;
}

/** Adds --tile, --tune and --no-tune to a command whose speed depends on the tiles. */
export function addTuningOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--tile <id>',
        "divide the LSTM's kernels this way, such as quads/32; a wrong name lists the right ones",
      ),
    )
    .option(
      '--tune',
      "measure which way to divide the LSTM's kernels is fastest, even if this run is too short to gain",
    )
    .option('--no-tune', "divide the LSTM's kernels by rule, without measuring which way is fastest");
}

/** The folder of stored tiles: ATTENTION_LSTM_CACHE, or the user's cache folder. */
export function cacheFolder(): string {
  return process.env.ATTENTION_LSTM_CACHE || envPaths('attention-lstm-webgpu', { suffix: '' }).cache;
}

/** The tiles that earlier runs have chosen, in a file of the cache folder. */
export class TileCache {
  private constructor(
    private readonly path: string,
    private readonly known: Record<string, TileChoice>,
  ) {}

  static async open(path = join(cacheFolder(), 'tiles.json')) {
    return new TileCache(path, await readTiles(path));
  }

  /** What a job must know to choose its tiles. */
  tuning({ tune, tile }: TuningFlags): Tuning {
    if (tile !== undefined) return { pinned: tile };
    if (tune === false) return { off: true };
    return { known: this.known, ...(tune && { always: true }) };
  }

  /**
   * Stores the tiles that a job has measured. If that fails, `log` says so, and the next run measures again for a
   * second.
   */
  async keep(event: JobEvent, log: (line: string) => void): Promise<void> {
    if (event.type !== 'tiles' || event.key === undefined) return;
    this.known[event.key] = event.tiles;
    try {
      await mkdir(dirname(this.path), { recursive: true });
      await writeFile(this.path, `${JSON.stringify(this.known, undefined, 2)}\n`);
    } catch (error) {
      log(`Not kept: the tiles that were measured (${asFailure(error).message})`);
    }
  }
}

/** A missing or damaged file means no stored tiles: they are measured again. */
async function readTiles(path: string): Promise<Record<string, TileChoice>> {
  try {
    const content: unknown = JSON.parse(await readFile(path, 'utf8'));
    const isRecord = typeof content === 'object' && content !== null && !Array.isArray(content);
    return isRecord ? (content as Record<string, TileChoice>) : {};
  } catch {
    return {};
  }
}
