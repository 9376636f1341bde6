/** What is known when the rule's tile of each kernel has been measured. */
export interface FirstTiles {
  /** Seconds that the kernels take in an update, with these tiles. */
  updateSeconds: number;
  /** Seconds that it took to compile and measure them. */
  seconds: number;
  /** Further tiles of each kernel: that many times as many seconds. */
  further: number;
}

/** Whether a run gains from measuring the other tiles. */
export interface TuningWorth {
  /** Seconds that the fastest tiles are expected to save in the run: measuring may take as many. */
  savedSeconds: number;
  /** Seconds that measuring the others is expected to take. */
  tuningSeconds: number;
  isWorth: boolean;
}

/** Share of the kernels' time that the fastest tiles are expected to save: a guess, for the rule is seldom far off. */
const SAVED_SHARE = 0.15;

/** `updates`: those that the run has before it. Tuning is worth what it takes if the run ends earlier with it. */
export function worthOfTuning(updates: number, { updateSeconds, seconds, further }: FirstTiles): TuningWorth {
  const savedSeconds = SAVED_SHARE * updates * updateSeconds;
  const tuningSeconds = further * seconds;
  return { savedSeconds, tuningSeconds, isWorth: savedSeconds > tuningSeconds };
}
