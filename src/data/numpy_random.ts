const N = 624;
const M = 397;

/**
 * numpy's legacy random stream (`np.random.RandomState`), bit for bit: MT19937, 53-bit doubles, Marsaglia's polar
 * method. numpy has frozen this stream (NEP 19), so a seed gives the same data here and in numpy.
 */
export class NumpyRandom {
  private readonly key = new Uint32Array(N);
  private position = N;
  private kept: number | undefined;

  /** `seed` is RandomState's: an integer 0 … 2³² − 1, or an array of such integers. */
  constructor(seed: number | number[]) {
    if (typeof seed === 'number') this.seedWithInteger(seed);
    else this.seedWithArray(seed);
  }

  /** 32 random bits. */
  uint32(): number {
    if (this.position === N) this.twist();
    let y = this.key[this.position++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    y ^= y >>> 18;
    return y >>> 0;
  }

  /** Uniform in [0, 1) with 53 random bits: `random_sample()`. */
  double(): number {
    const high = this.uint32() >>> 5;
    const low = this.uint32() >>> 6;
    return (high * 67108864 + low) / 9007199254740992;
  }

  /** One standard normal value: `standard_normal()`. */
  normal(): number {
    if (this.kept !== undefined) {
      const value = this.kept;
      this.kept = undefined;
      return value;
    }
    let x1: number;
    let x2: number;
    let r2: number;
    do {
      x1 = 2 * this.double() - 1;
      x2 = 2 * this.double() - 1;
      r2 = x1 * x1 + x2 * x2;
    } while (r2 >= 1 || r2 === 0);
    const f = Math.sqrt((-2 * Math.log(r2)) / r2);
    this.kept = f * x1;
    return f * x2;
  }

  /** 0 or 1: `randint(0, 2)`. */
  bit(): number {
    return this.uint32() & 1;
  }

  /** An integer 0 … largest, by masked rejection, as numpy's legacy shuffle draws it. */
  integerTo(largest: number): number {
    if (largest === 0) return 0;
    const mask = 2 ** (32 - Math.clz32(largest)) - 1;
    for (;;) {
      const value = (this.uint32() & mask) >>> 0;
      if (value <= largest) return value;
    }
  }

  /** Shuffles in place: `shuffle(values)`. */
  shuffle(values: Uint32Array): void {
    for (let i = values.length - 1; i > 0; i--) {
      const j = this.integerTo(i);
      const value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
  }

  private seedWithInteger(seed: number): void {
    this.key[0] = seed;
    for (let i = 1; i < N; i++) {
      const before = this.key[i - 1] ^ (this.key[i - 1] >>> 30);
      this.key[i] = Math.imul(before, 1812433253) + i;
    }
    this.position = N;
  }

  private seedWithArray(seeds: number[]): void {
    this.seedWithInteger(19650218);
    const { key } = this;
    let i = 1;
    let j = 0;
    const advance = () => {
      if (++i < N) return;
      key[0] = key[N - 1];
      i = 1;
    };
    for (let k = Math.max(N, seeds.length); k > 0; k--) {
      key[i] = (key[i] ^ Math.imul(key[i - 1] ^ (key[i - 1] >>> 30), 1664525)) + seeds[j] + j;
      j = (j + 1) % seeds.length;
      advance();
    }
    for (let k = N - 1; k > 0; k--) {
      key[i] = (key[i] ^ Math.imul(key[i - 1] ^ (key[i - 1] >>> 30), 1566083941)) - i;
      advance();
    }
    key[0] = 0x80000000;
  }

  private twist(): void {
    const { key } = this;
    const mix = (high: number, low: number) => {
      const y = (high & 0x80000000) | (low & 0x7fffffff);
      return (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
    };
    for (let k = 0; k < N; k++) key[k] = key[(k + M) % N] ^ mix(key[k], key[(k + 1) % N]);
    this.position = 0;
  }
}
