import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright/test';
import sirv from 'sirv';
import { packagePath } from '../src/hosts/package_path.ts';
import { PAGE_POLICY } from '../src/hosts/security_headers.ts';
import { expect, test } from './fixtures.ts';
import { HOSTILE, ran } from './hostile.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "worker-src 'self'",
  "style-src 'self'",
  "img-src 'self' blob: data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "require-trusted-types-for 'script'",
  'trusted-types own-scripts',
].join('; ');

const SMALL = 'samples=1000&timeSteps=8&units=4&batchSize=32&attentionColumn=2&epochs=1';

test('every file comes with the policy, the page has it in itself, and only workers may compile WebAssembly', async ({
  page,
}) => {
  const policyOf = async (path: string) => (await page.request.get(path)).headers()['content-security-policy'];
  const worker = page.waitForEvent('worker');
  await page.goto('./');
  await expect(page.locator('meta[http-equiv]')).toHaveAttribute('content', POLICY);
  const script = await page.locator('script').getAttribute('src');
  for (const path of ['./', 'headless.html', 'service_worker.js', 'icon.svg', script ?? '']) {
    expect(await policyOf(path), path).toBe(POLICY);
  }
  expect(await policyOf((await worker).url())).toBe(
    POLICY.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'"),
  );
});

/** Attacks the page at `url`. Returns which attempts throw, the violated directives, and whether any code ran. */
async function intrude(browser: Browser, url: string | undefined) {
  // Not the watched page, because the browser reports each violation in the console.
  const page = await browser.newPage();
  await page.goto(url ?? '');
  const outcome = await page.evaluate(async (hostile) => {
    const directives = new Set<string>();
    document.addEventListener('securitypolicyviolation', (event) => directives.add(event.effectiveDirective));
    const thrown: string[] = [];
    const attempt = (what: string, act: () => unknown) => {
      try {
        act();
      } catch {
        thrown.push(what);
      }
    };
    const inline = document.createElement('script');
    attempt('inline script', () => {
      inline.append('window.ran = true');
      document.body.append(inline);
    });
    attempt('markup', () => {
      document.body.innerHTML = hostile;
    });
    attempt('handler', () => document.body.setAttribute('onclick', 'window.ran = true'));
    attempt('style', () => document.body.setAttribute('style', 'color: red'));
    attempt('worker', () => new Worker('./service_worker.js'));
    attempt('eval', () => setTimeout('window.ran = true'));
    attempt('WebAssembly', () => new WebAssembly.Module(Uint8Array.of(0, 0x61, 0x73, 0x6d, 1, 0, 0, 0)));
    attempt('image', () => {
      new Image().src = 'http://127.0.0.1:9/';
    });
    await fetch('http://127.0.0.1:9/').catch(() => thrown.push('fetch'));
    document.body.click();
    await new Promise((resolve) => setTimeout(resolve, 100));
    return { thrown, directives: [...directives].sort() };
  }, HOSTILE);
  const code = await ran(page);
  await page.close();
  return { ...outcome, code };
}

/** What the policy prevents. An inline script, a style and a picture are ignored without an exception. */
const KEPT_OUT = {
  thrown: ['markup', 'handler', 'worker', 'eval', 'WebAssembly', 'fetch'],
  directives: ['connect-src', 'img-src', 'require-trusted-types-for', 'script-src', 'style-src-attr'],
  code: undefined,
};

test('inline code, text as markup or code, other hosts and WebAssembly are refused', async ({ browser, baseURL }) => {
  expect(await intrude(browser, baseURL)).toEqual(KEPT_OUT);
});

/** The built page from a host that sends these headers with every file. */
function hostWith(headers: Record<string, string>) {
  return {
    baseURL: async ({ browserName: _ }: { browserName: string }, use: (url: string) => Promise<void>) => {
      const setHeaders = new Map(Object.entries(headers));
      const serve = sirv(packagePath('dist/page'), { setHeaders: (response) => void response.setHeaders(setHeaders) });
      const server = createServer((request, response) => serve(request, response)).listen(0, 'localhost');
      await once(server, 'listening');
      await use(`http://localhost:${(server.address() as AddressInfo).port}/`);
      server.closeAllConnections();
      server.close();
    },
  };
}

test.describe('on a host that sends no headers', () => {
  test.use(hostWith({}));

  test('the policy in the page itself holds, and it trains', async ({ page, browser, baseURL }) => {
    await page.goto(`./?${SMALL}&run=1`);
    await expect(page.locator('#status')).toHaveText(/^Trained 1 epoch in /, { timeout: 180_000 });
    expect(await intrude(browser, baseURL)).toEqual(KEPT_OUT);
  });
});

test.describe('on a host that sends the page’s policy with every file', () => {
  test.use(hostWith({ 'Content-Security-Policy': PAGE_POLICY }));

  test('TensorFlow.js on WebAssembly is left out, and the page says what the host must allow', async ({ context }) => {
    test.setTimeout(300_000);
    const page = await context.newPage();
    await page.goto(`./?view=benchmark&${SMALL}`);
    await page.getByRole('radio', { name: /Train view/ }).check();
    await page.getByRole('spinbutton', { name: 'Seconds' }).fill('0.2');
    await page.getByRole('checkbox', { name: 'WASM' }).check();
    await page.getByRole('checkbox', { name: 'CPU (JavaScript)' }).check();
    await page.getByRole('button', { name: 'Run the benchmark' }).click();
    await expect(page.locator('#bench-status')).toHaveText('Measured.', { timeout: 180_000 });
    await expect(page.locator('#bench-peers-notes li')).toHaveText([
      "TensorFlow.js WASM needs WebAssembly, which the content security policy of this page’s host forbids its worker: allow script-src 'wasm-unsafe-eval' for worker-*.js, or leave tfjs-wasm out.",
    ]);
    await expect(page.locator('#bench-peers-table tbody tr')).toHaveText(/^TensorFlow\.js CPU 4/);
  });
});
