import { kernels } from '../../../../shaders/index.ts';
import type { AnyKernel } from '../../../gpu/kernel.ts';
import { type Trial, trialsOf } from '../../../verify/kernel_cases.ts';
import { byId, create } from '../../dom.ts';
import { describeShape } from './workbench_shapes.ts';

/** A kernel at a shape with a tile, and the code that is generated for it. */
export interface Chosen {
  kernel: AnyKernel;
  at: Trial;
  generated: string;
}

/** Chooses a kernel of the registry, and one of its shapes: those of training, then its cases. */
export class KernelChoice {
  private readonly kernel = byId('workbench-kernel', HTMLSelectElement);
  private readonly shape = byId('workbench-shape', HTMLSelectElement);
  private shapes: Trial[] = [];

  /** `shapesOf` returns the shapes of training; `onChoose` is called after a choice. */
  constructor(
    private readonly shapesOf: (kernel: AnyKernel) => Trial[],
    onChoose: () => void,
  ) {
    this.kernel.replaceChildren(...kernels.map(({ name }) => create('option', name)));
    this.kernel.addEventListener('change', () => {
      this.refresh();
      onChoose();
    });
    this.shape.addEventListener('change', onChoose);
  }

  get chosen(): Chosen {
    const kernel = this.chosenKernel;
    const at = this.shapes[this.shape.selectedIndex];
    return { kernel, at, generated: kernel.code(at.shape, at.tile).trim() };
  }

  /** Chooses by names. A name that no longer exists selects the first entry. */
  choose(kernel: string | undefined, shape: string | undefined): void {
    const index = kernels.findIndex(({ name }) => name === kernel);
    this.kernel.selectedIndex = Math.max(0, index);
    this.refresh(shape);
  }

  /** Lists the shapes anew and keeps the choice if it is still among them. */
  refresh(chosen = this.shapes[this.shape.selectedIndex]?.name): void {
    const training = this.shapesOf(this.chosenKernel);
    this.shapes = [...training, ...trialsOf(this.chosenKernel)];
    const options = this.shapes.map(({ name, shape }, i) => {
      return create('option', i < training.length ? name : `${name}: ${describeShape(shape)}`);
    });
    this.shape.replaceChildren(...options);
    this.shape.selectedIndex = Math.max(
      0,
      this.shapes.findIndex(({ name }) => name === chosen),
    );
  }

  setEnabled(enabled: boolean): void {
    for (const select of [this.kernel, this.shape]) select.disabled = !enabled;
  }

  private get chosenKernel(): AnyKernel {
    return kernels[this.kernel.selectedIndex];
  }
}
