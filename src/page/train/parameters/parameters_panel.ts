import { statisticsOf } from '../../../data/statistics.ts';
import { type ModelConfig, outputCount } from '../../../model/config.ts';
import { createArena, type ParameterSpec } from '../../../model/parameters.ts';
import { describeUnits } from '../../../settings/layers.ts';
import { formatMetric } from '../../../train/history.ts';
import { byId, tableBody, tableRow } from '../../dom.ts';
import { describeMoment, type ModelPanel, type ModelSnapshot, type ParametersAt } from '../model_snapshot.ts';
import { ParameterView } from './parameter_view.ts';

export function open(): ModelPanel {
  return new ParametersPanel();
}

/** Every parameter of the model, as pictures and in a table. */
class ParametersPanel implements ModelPanel {
  private readonly notice = byId('parameters-notice', HTMLElement);
  private readonly content = byId('parameters-content', HTMLElement);
  private readonly list = byId('parameter-list', HTMLElement);
  private readonly moment = byId('parameters-moment', HTMLElement);
  private readonly rows = tableBody('parameter-table');
  private specs: ParameterSpec[] = [];
  private views: ParameterView[] = [];
  /** The dimensions of the model that the views are made for. */
  private dimensions = '';

  draw({ plan, initial, now }: ModelSnapshot): void {
    this.content.hidden = !now;
    this.notice.hidden = now !== undefined;
    if (!now) return;
    this.fit(plan.config);
    this.moment.textContent = `The parameters ${describeMoment(now)}.`;
    this.rows.replaceChildren(...this.specs.map((spec) => statisticsRow(spec, now, initial)));
    for (const view of this.views) view.show(now.values, initial?.values);
  }

  /** Makes views for the parameters of this model, unless the present views fit. */
  private fit(config: ModelConfig): void {
    const { timeSteps, inputDim } = config;
    const dimensions = [timeSteps, inputDim, describeUnits(config), outputCount(config)].join();
    if (dimensions === this.dimensions) return;
    this.dimensions = dimensions;
    this.specs = createArena(config).specs;
    for (const view of this.views) view.destroy();
    // A single number makes no picture.
    this.views = this.specs.filter(({ length }) => length > 1).map((spec) => new ParameterView(spec));
    this.list.replaceChildren(...this.views.map(({ element }) => element));
  }
}

/** Name and shape; minimum, mean, maximum and deviation now; mean and deviation before training. */
function statisticsRow(spec: ParameterSpec, now: ParametersAt, initial: ParametersAt | undefined): HTMLTableRowElement {
  const { name, shape, offset, length } = spec;
  const of = ({ values }: ParametersAt) => statisticsOf(values.subarray(offset, offset + length));
  const { min, mean, max, std } = of(now);
  const before = initial && of(initial);
  const cells = [min, mean, max, std, before?.mean, before?.std];
  return tableRow([
    name,
    shape.join(' × '),
    ...cells.map((value) => (value === undefined ? '–' : formatMetric(value))),
  ]);
}
