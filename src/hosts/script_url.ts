// The one Trusted Types policy: the page's content security policy lets a worker start only from an address that it has
// passed.

/** The policy's name, which the content security policy allows. */
export const TRUSTED_SCRIPTS = 'own-scripts';

/** The browser's type is TrustedScriptURL; here it is typed as the text inside. */
interface ScriptUrlPolicy {
  createScriptURL(url: string): string;
}

declare const trustedTypes: { createPolicy(name: string, rules: ScriptUrlPolicy): ScriptUrlPolicy } | undefined;

const RULES: ScriptUrlPolicy = { createScriptURL: requireOwn };
// Some browsers lack Trusted Types; the rule holds in all of them.
const policy = typeof trustedTypes === 'undefined' ? RULES : trustedTypes.createPolicy(TRUSTED_SCRIPTS, RULES);

/**
 * The address of one of the page's own scripts, for `Worker` and the service worker's container. Throws for another
 * origin.
 */
export const scriptUrl = (url: string): string => policy.createScriptURL(url);

function requireOwn(url: string): string {
  const { origin } = new URL(url, location.href);
  if (origin !== location.origin) throw new TypeError(`${url} is not a script of ${location.origin}`);
  return url;
}
