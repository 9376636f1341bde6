/** Three significant digits, without an exponent. */
export function digits(value: number): string {
  if (!Number.isFinite(value) || value === 0) return String(value);
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toFixed(Math.min(decimals, 6));
}

export function percent(share: number): string {
  return `${(100 * share).toFixed(Math.abs(share) < 0.1 ? 1 : 0)} %`;
}

/** Now / then in a message: +3 %, −5 %; from a factor of two on × 2.50. */
export function formatChange(ratio: number): string {
  // Between machines a factor reads better than hundreds of percents.
  if (ratio >= 1.995 || ratio <= 0.505) return `× ${digits(ratio)}`;
  return `${ratio >= 1 ? '+' : '−'}${Math.abs(100 * (ratio - 1)).toFixed(0)} %`;
}
