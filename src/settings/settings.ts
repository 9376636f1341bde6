import type { ClassWeights } from './class_weights.ts';
import type { LayerSettings } from './layers.ts';
import type { Schedule } from './schedule.ts';

// Made from table.ts by a test, so that an editor shows what each setting means: see docs/settings.md.

/** The values of all settings: those with a default are always there. */
export interface Settings {
  /**
   * Series to make, validation included. A whole number from 2 to 10000000; without it: 60000. For the experiment.
   */
  samples: number;
  /**
   * Steps T of a series. A whole number from 1 to 1024; without it: 64. For the experiment.
   */
  timeSteps: number;
  /**
   * Channels D of a series. A whole number from 1 to 64; without it: 1. For the experiment.
   */
  inputDim: number;
  /**
   * Time step in which the label is planted. A whole number from 0 to 1023; without it: 10. For the experiment.
   */
  attentionColumn: number;
  /**
   * LSTM units U. A whole number from 1 to 256; without it: 32. For both.
   */
  units: number;
  /**
   * One attention for all channels: the mean over the channels (off: an attention for every channel). True or false;
   * without it: false. For both.
   */
  singleAttentionVector: boolean;
  /**
   * Layers of the model, of as many units. Before, after, luong, bahdanau, gru, stacked or bidirectional; without it:
   * before. For both.
   */
  preset?: 'before' | 'after' | 'luong' | 'bahdanau' | 'gru' | 'stacked' | 'bidirectional';
  /**
   * Layers between the series and the output, instead of a preset. Layers with their options, as lstm:32:sequences,
   * attention, flatten (of attention, lstm, gru, score_attention, flatten, dense); without it: those of the preset.
   * For both.
   */
  layers?: readonly LayerSettings[];
  /**
   * Samples of one update; for own series a quarter of those that train, from 16 to 256. A whole number from 1 to
   * 65536; without it: 256. For both.
   */
  batchSize: number;
  /**
   * Passes over the training part; for own series as many as make 1,000 updates, from 20 to 500. A whole number from
   * 1 to 100000; without it: 20. For both.
   */
  epochs: number;
  /**
   * Adam's learning rate; for own series 0.003, less if their number makes more than 1,000 updates, at least 0.001. A
   * number from 0 to 1e+38; without it: 0.001. For both.
   */
  learningRate: number;
  /**
   * Share of the series used for validation. A number from 0 to 0.9; without it: 0.1. For both.
   */
  validationSplit: number;
  /**
   * Seed of the planted series, the initial values and the order. A whole number from 0 to 4294967295; without it:
   * 1337. For both.
   */
  seed: number;
  /**
   * Which series validate: the last ones, as in Keras, random ones, or the same share of each class; auto is
   * stratified for classes and random for numbers. Auto, end, shuffled or stratified; without it: auto. For own
   * series.
   */
  split: 'auto' | 'end' | 'shuffled' | 'stratified';
  /**
   * Standardise with the mean and deviation of the training part (off: leave the series as they are). True or false;
   * without it: true. For own series.
   */
  standardise: boolean;
  /**
   * Weight of a series of each class in the loss. Balanced, or a number for each class as 1,2.5; without it: all
   * series weigh the same. For both, classes only.
   */
  classWeights?: ClassWeights;
  /**
   * Share of each label spread evenly over all classes, in the loss of training and validation. A number from 0 to
   * 0.99; without it: 0. For both, classes only.
   */
  labelSmoothing?: number;
  /**
   * Loss of numbers to predict. Mse or mae; without it: mse. For own series.
   */
  loss?: 'mse' | 'mae';
  /**
   * How an update follows from the gradients. Adam, rmsprop, momentum or sgd; without it: adam. For both.
   */
  optimizer?: 'adam' | 'rmsprop' | 'momentum' | 'sgd';
  /**
   * Stop after this many epochs without a smaller loss, and keep the best parameters. A whole number from 1 to
   * 100000; without it: no early stopping. For both.
   */
  patience?: number;
  /**
   * How the learning rate falls from epoch to epoch; for own series cosine, if nobody gives a learning rate and
   * theirs is above 0.001. Cosine, step:EPOCHS:FACTOR, plateau:EPOCHS:FACTOR or constant; without it: [object
   * Object]. For both.
   */
  schedule?: Schedule;
  /**
   * Penalty λ on all kernels; the reported loss does not contain it. A number from 0 to 1000000; without it: no
   * penalty. For both.
   */
  l2?: number;
  /**
   * Scale the gradients down to this norm, after the penalty; for own series 5 if nobody gives a learning rate and
   * theirs is above 0.001. A number from 0 to 1000000; without it: 0. For both.
   */
  clipNorm?: number;
  /**
   * Take the training part in a new random order every epoch (off: keep the order of the training part). True or
   * false; without it: true. For both.
   */
  shuffle?: boolean;
}
