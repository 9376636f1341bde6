import { mergeConfig } from 'vitest/config';
import config from './vitest.config.ts';

/** 100,000 cases for every parser, which take five minutes to an hour. */
export default mergeConfig(config, {
  test: {
    include: ['test/**/*fuzz.test.ts'],
    env: { ATTENTION_LSTM_FUZZ: process.env.ATTENTION_LSTM_FUZZ ?? '100000' },
    reporters: ['verbose'],
  },
});
