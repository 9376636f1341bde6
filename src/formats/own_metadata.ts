import { isRecord } from './json.ts';

/** The key for this project's own metadata in other systems' files. */
export const METADATA_KEY = 'attention_lstm';

/** The texts among a file's values under the key; empty for another system's file. */
export function metadataFrom(value: unknown): Map<string, string> {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
