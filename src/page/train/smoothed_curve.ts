/** A complete point; Chart.js' own may lack a y. */
export interface CurvePoint {
  x: number;
  y: number;
}

/**
 * A curve and its exponential moving average, as in TensorBoard: the average of the values so far, in which each value
 * counts `weight` times as much as the next one. Weight 0 gives the curve itself.
 */
export class SmoothedCurve {
  readonly raw: CurvePoint[] = [];
  readonly smooth: CurvePoint[] = [];
  private weight = 0;
  private sum = 0;
  private weights = 0;

  add(point: CurvePoint): void {
    this.raw.push(point);
    this.average(point);
  }

  setWeight(weight: number): void {
    this.weight = weight;
    this.smooth.length = 0;
    this.sum = 0;
    this.weights = 0;
    for (const point of this.raw) this.average(point);
  }

  private average({ x, y }: CurvePoint): void {
    this.sum = this.weight * this.sum + y;
    this.weights = this.weight * this.weights + 1;
    this.smooth.push({ x, y: this.sum / this.weights });
  }
}
