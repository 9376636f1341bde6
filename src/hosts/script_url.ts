// The one Trusted Types policy: under the page's content security policy a worker starts from an address that it has passed, from
// nothing else.

/** The policy by its name, which the content security policy allows. */
export const TRUSTED_SCRIPTS = 'own-scripts';

/** What the browser types as TrustedScriptURL is typed as the text that it stands for. */
interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

declare const trustedTypes: { createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy } | undefined;

const RULES: ScriptUrlPolicy = { createScriptURL: requireOwn };
// Not every browser has Trusted Types; the rule holds in each.
const policy = typeof trustedTypes === 'undefined' ? RULES : trustedTypes.createPolicy(TRUSTED_SCRIPTS, RULES);

/** The address of one of the page's own scripts, as `Worker` and the service worker's container take it. Throws for another origin. */
export const scriptUrl = (url: string): string => policy.createScriptURL(url);

function requireOwn(url: string): string {
  const { origin } = new URL(url, location.href);
  if (origin !== location.origin) throw new TypeError(`${url} is no script of ${location.origin}`);
  return url;
}
