import type { Inspection } from '../../../model/inspection.ts';
import { classesOf } from '../../../model/outputs/index.ts';
import type { TrainingPlan } from '../training_plan.ts';

/** A label in the user's terms: the class's name, or the number. */
export function nameLabel(label: number, { series }: Pick<TrainingPlan, 'series'>): string {
  return series?.target.kind === 'class' ? series.target.classes[label] : String(Number(label.toPrecision(6)));
}

/** The model's answer for a series with this label, in words; `moment` says when. */
export function describeVerdict(
  { outputs }: Pick<Inspection, 'outputs'>,
  label: number,
  plan: Pick<TrainingPlan, 'config' | 'series'>,
  moment: string,
): string {
  const { output } = plan.config;
  if (classesOf(output) === undefined) {
    const error = Math.abs(outputs[0] - label).toPrecision(3);
    return `Predicted ${outputs[0].toPrecision(4)}, the label is ${nameLabel(label, plan)}: ${error} off, ${moment}.`;
  }
  const predicted = outputs.length === 1 ? Number(outputs[0] > 0.5) : outputs.indexOf(Math.max(...outputs));
  const said = plan.series ? predicted : 1;
  const probability = outputs.length > 1 ? outputs[said] : said === 1 ? outputs[0] : 1 - outputs[0];
  const verdict = predicted === label ? 'right' : 'wrong';
  const of = plan.series ? nameLabel(said, plan) : 'label 1';
  return `Probability of ${of}: ${probability.toFixed(4)}. Predicted ${nameLabel(predicted, plan)}, the label is ${nameLabel(label, plan)}: ${verdict}, ${moment}.`;
}
