import { isRecord } from './json.ts';

/** The one key under which other systems' files hold what only this project reads. */
export const METADATA_KEY = 'attention_lstm';

/** The texts among what a file holds under the key; none where it is another system's. */
export function metadataFrom(value: unknown): Map<string, string> {
  const entries = isRecord(value) ? Object.entries(value) : [];
  return new Map(entries.filter((entry): entry is [string, string] => typeof entry[1] === 'string'));
}
