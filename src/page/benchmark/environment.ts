import type { BenchEnvironment } from '../../bench/result.ts';

declare global {
  /** Version of package.json; `vite.config.ts` inserts it. */
  const PACKAGE_VERSION: string;

  interface Navigator {
    /** Only browsers based on Chromium have it. */
    userAgentData?: {
      getHighEntropyValues(hints: string[]): Promise<{
        platform?: string;
        platformVersion?: string;
        architecture?: string;
        fullVersionList?: { brand: string; version: string }[];
      }>;
    };
  }
}

/** Browser, operating system and version of this package: facts that the page knows and a job cannot. */
export async function pageEnvironment(): Promise<Pick<BenchEnvironment, 'browser' | 'platform' | 'version'>> {
  const version = PACKAGE_VERSION;
  const told = await navigator.userAgentData?.getHighEntropyValues([
    'fullVersionList',
    'platformVersion',
    'architecture',
  ]);
  if (!told) return { browser: browserOf(navigator.userAgent), version };
  const { fullVersionList = [], platform, platformVersion, architecture } = told;
  // One brand is invented, so that nobody relies on a fixed list. Beside Chromium there may be the browser's own brand.
  const brands = fullVersionList.filter(({ brand }) => !/not.*brand/i.test(brand));
  const brand = brands.find((candidate) => candidate.brand !== 'Chromium') ?? brands[0];
  return {
    browser: brand ? `${brand.brand} ${brand.version}` : browserOf(navigator.userAgent),
    platform: [platform, platformVersion, architecture].filter(Boolean).join(' '),
    version,
  };
}

/** Name and version from a user agent. The order matters: Edge and Chrome also call themselves Safari. */
export function browserOf(userAgent: string): string {
  for (const [name, pattern] of [
    ['Edge', /Edg\/([\d.]+)/],
    ['Firefox', /Firefox\/([\d.]+)/],
    ['Chrome', /Chrome\/([\d.]+)/],
    ['Safari', /Version\/([\d.]+).*Safari/],
  ] as const) {
    const version = pattern.exec(userAgent)?.[1];
    if (version) return `${name} ${version}`;
  }
  return 'unknown browser';
}
