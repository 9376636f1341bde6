import type { FailureCode } from '../errors.ts';

type Browser = 'Chrome' | 'Edge' | 'Firefox' | 'Safari' | 'other';

/** The browser in use. The order matters: Edge and Chrome also call themselves Safari. */
function browserOf(userAgent: string): Browser {
  if (userAgent.includes('Edg/')) return 'Edge';
  if (userAgent.includes('Chrome/')) return 'Chrome';
  if (userAgent.includes('Firefox/')) return 'Firefox';
  if (userAgent.includes('Safari/')) return 'Safari';
  return 'other';
}

/** What to do in this browser if there is no adapter to train on; empty for other failures. */
export function nextStep(code: FailureCode, userAgent = navigator.userAgent, secure = window.isSecureContext): string {
  if (code !== 'no-webgpu' && code !== 'no-adapter' && code !== 'adapter-timeout') return '';
  if (!secure) return 'This page came over http: open it over https or on localhost.';
  const browser = browserOf(userAgent);
  if (browser === 'other') return 'Open this page in a current Chrome, Edge, Firefox or Safari.';
  if (code === 'adapter-timeout') {
    return `Quit ${browser}, start it again and reload this page; if it hangs again, update the graphics driver.`;
  }
  switch (browser) {
    case 'Firefox':
      return 'In Firefox: update it, set dom.webgpu.enabled to true in about:config, then reload this page.';
    case 'Safari':
      return 'In Safari: update to version 26, or turn WebGPU on under Develop, Feature Flags, then reload this page.';
    default:
      return chromiumStep(browser, code);
  }
}

function chromiumStep(browser: 'Chrome' | 'Edge', code: FailureCode): string {
  const scheme = browser.toLowerCase();
  const step = code === 'no-webgpu' ? 'update it' : `turn on graphics acceleration in ${scheme}://settings/system`;
  return `In ${browser}: ${step}; on Linux also enable ${scheme}://flags/#enable-unsafe-webgpu. Then restart ${browser} and reload this page.`;
}
