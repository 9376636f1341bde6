/** Progress of a piece of work. `of` may be an estimate that changes. */
export interface Progress {
  done: number;
  of: number;
}
