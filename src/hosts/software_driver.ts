import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findBrowser } from './browser.ts';

/** The folder of the browser, or an empty list if there is none. */
function browserFolders(): string[] {
  try {
    const browser = findBrowser();
    return browser ? [dirname(realpathSync(browser.path))] : [];
  } catch {
    return []; // A wrong CHROME_PATH is reported where the browser is used; Dawn does not need it.
  }
}

/** An environment in which Dawn finds the SwiftShader of Chrome or Chromium; undefined if there is no such browser. */
export function softwareEnvironment(): NodeJS.ProcessEnv | undefined {
  if (/swiftshader|lvp|lavapipe/i.test(process.env.VK_ICD_FILENAMES ?? '')) return process.env;
  const folders = [...browserFolders(), '/usr/lib/chromium', '/opt/google/chrome', '/usr/lib64/chromium-browser'];
  const folder = folders.find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (!folder) return undefined;
  const driver = join(folder, 'vk_swiftshader_icd.json');
  // The Vulkan loader comes from the system, or else from beside the driver.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter);
  return { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries };
}
