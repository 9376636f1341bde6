import type { BenchEnvironment } from '../../bench/result.ts';

declare global {
  /** Of package.json; `vite.config.ts` puts it in. */
  const PACKAGE_VERSION: string;

  interface Navigator {
    /** Chromium's browsers have it. */
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

/** What the page knows of where it runs and a job cannot: browser, operating system and version of this package. */
export async function pageEnvironment(): Promise<Pick<BenchEnvironment, 'browser' | 'platform' | 'version'>> {
  const version = PACKAGE_VERSION;
  const told = await navigator.userAgentData?.getHighEntropyValues([
    'fullVersionList',
    'platformVersion',
    'architecture',
  ]);
  if (!told) return { browser: browserOf(navigator.userAgent), version };
  const { fullVersionList = [], platform, platformVersion, architecture } = told;
  // Among the brands one is made up, so that nobody counts on a fixed list; beside Chromium there may be the browser's own.
  const brands = fullVersionList.filter(({ brand }) => !/not.*brand/i.test(brand));
  const brand = brands.find((candidate) => candidate.brand !== 'Chromium') ?? brands[0];
  return {
    browser: brand ? `${brand.brand} ${brand.version}` : browserOf(navigator.userAgent),
    platform: [platform, platformVersion, architecture].filter(Boolean).join(' '),
    version,
  };
}

/** Name and version as a user agent tells them; the order matters, because Edge and Chrome also call themselves Safari. */
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
