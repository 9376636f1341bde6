import type { LossOptions } from '../../../shaders/snippets.ts';
import type { Dispatch } from '../../gpu/kernel.ts';
import type { Dispatcher, Place } from '../dispatch.ts';

/** A metric beside the loss. */
export interface Metric {
  /** Keras' name. */
  name: string;
  /** Its field in a record of the history, and the field of its validation value. */
  key: string;
  validationKey: string;
  /** A few words for people, in lower case. */
  words: string;
  /** How it is computed, in a few words. */
  definition: string;
  /** A sentence about `value`, a text, for the samples of a part. */
  sentence(value: string, part: string): string;
  /** The tensor that has it for every sample: its mean over the samples is the metric. */
  tensor: string;
  /** Whether larger is better and the greatest value 1. */
  isShare: boolean;
  /** The list of a reference file with the sum over each step's batch, the sum's meaning, and whether it is a count. */
  reference: { list: string; words: string; isCount: boolean };
}

/** What the loss kernel of an output is made with. */
export interface LossPlan extends LossOptions {
  on: Dispatcher;
  batch: number;
}

/** Tensors that every loss kernel binds. */
export interface LossTensors {
  logits: string;
  y: Place;
  losses: string;
  logitGradient: string;
}

/** An operator of ONNX, and the axis that it works along if it has one. */
export interface OnnxOperator {
  operator: string;
  axis?: number;
}

/** What a model can predict: all that the project knows of one kind of output. */
export interface OutputKind<Settings = unknown> {
  /** How many logits the output layer gives for a sample: C. */
  logits(output: Settings): number;
  /** How many classes a label can name; undefined if labels are numbers. */
  classes(output: Settings): number | undefined;
  /** Whether `classes` is a setting of the output. */
  takesClasses: boolean;
  /** The tensor of predictions, (B, C): probabilities or numbers. */
  values: 'probabilities' | 'predictions';
  /** Loss, metric, predictions and the logits' gradient in one dispatch. */
  loss(plan: LossPlan, output: Settings, tensors: LossTensors): Dispatch;
  metric: Metric;
  /** The activation of Keras' dense layer. */
  activation: string;
  /** The operator behind the logits (N, C) in ONNX; undefined if the logits are the prediction. */
  onnx?: OnnxOperator;
  /**
   * The output of a dense layer with this many units and this kind's activation; undefined if it is of another kind.
   */
  fromUnits(units: number): Settings | undefined;
  /** The output for labels of this many classes, or for numbers; undefined if another kind is for these. */
  forLabels(classes: number | undefined): Settings | undefined;
  /** A prediction, also in short, and the loss, in a few words. */
  words: { prediction: string; short: string; loss: string };
}
