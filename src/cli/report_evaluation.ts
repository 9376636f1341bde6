import type { Target } from '../data/series_set.ts';
import type { Classification } from '../train/classification.ts';
import type { Evaluation } from '../train/evaluation.ts';
import { formatMetric } from '../train/history.ts';
import { confusionMatrix, MOST_CLASSES } from './confusion_picture.ts';
import { residualPlot } from './report_charts.ts';
import { html, type Markup, numbers } from './report_html.ts';
import { describeErrors } from './series_tables.ts';

/** The model's results on a part of the series: by class with the confusion matrix, or as errors of numbers. */
export function evaluationSection(name: string, evaluation: Evaluation, target: Target): Markup {
  const { samples, loss, classification, regression, residuals } = evaluation;
  const classes = target.kind === 'class' ? target.classes : [];
  const result = classification ? `Accuracy ${formatMetric(classification.accuracy)}` : undefined;
  const sentence = result ?? (regression && describeErrors(regression));
  return html`<section aria-label="${name}"><h2>${name}</h2>
<p>${sentence} on ${samples.toLocaleString('en-US')} series, loss ${formatMetric(loss)}.</p>
${classification && classTable(name, classes, classification)}
${classification && matrix(name, classes, classification)}
${residuals && residualPlot(`${name.toLowerCase()}-residuals`, 'Residuals', residuals)}
</section>`;
}

function classTable(name: string, names: string[], { classes }: Classification): Markup {
  const share = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(4));
  const rows = classes.map(({ precision, recall, f1, samples }, c) => [
    names[c],
    ...[precision, recall, f1].map(share),
    samples,
  ]);
  return numbers(`${name} by class`, ['Class', 'Precision', 'Recall', 'F1', 'Series'], rows);
}

function matrix(name: string, names: string[], classification: Classification): Markup {
  if (names.length > MOST_CLASSES) {
    return html`<p>The confusion matrix of ${names.length} classes is in history.json.</p>`;
  }
  const { right, bottom, content, description } = confusionMatrix(names, classification, 0, 24);
  const id = `${name.toLowerCase()}-matrix`;
  return html`<svg class="matrix" viewBox="0 0 ${right} ${bottom}" width="${right}" role="img" aria-labelledby="${id}-title ${id}-description">
<title id="${id}-title">Confusion matrix, ${name.toLowerCase()}</title><desc id="${id}-description">${description}</desc>
${content}
</svg>`;
}
