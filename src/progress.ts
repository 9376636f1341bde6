/** How far a piece of work is. `of` may be an estimate that changes. */
export interface Progress {
  done: number;
  of: number;
}
