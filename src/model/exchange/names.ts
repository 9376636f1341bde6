/** Gives names as Keras does: the first of a kind has its name, the next ones a number behind it. */
export class Names {
  private readonly met = new Map<string, number>();

  next(name: string): string {
    const before = this.met.get(name) ?? 0;
    this.met.set(name, before + 1);
    return before === 0 ? name : `${name}_${before}`;
  }
}
