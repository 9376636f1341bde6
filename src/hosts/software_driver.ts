import { existsSync, realpathSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { findBrowser } from './browser.ts';

/** The folder of the browser that is used, if there is one. */
function browserFolders(): string[] {
  try {
    const browser = findBrowser();
    return browser ? [dirname(realpathSync(browser.path))] : [];
  } catch {
    return []; // A wrong CHROME_PATH is the browser's matter; Dawn needs none.
  }
}

/** The environment in which Dawn finds SwiftShader, which Chrome and Chromium carry; undefined where there is none. */
export function softwareEnvironment(): NodeJS.ProcessEnv | undefined {
  if (/swiftshader|lvp|lavapipe/i.test(process.env.VK_ICD_FILENAMES ?? '')) return process.env;
  const folders = [...browserFolders(), '/usr/lib/chromium', '/opt/google/chrome', '/usr/lib64/chromium-browser'];
  const folder = folders.find((path) => existsSync(join(path, 'vk_swiftshader_icd.json')));
  if (!folder) return undefined;
  const driver = join(folder, 'vk_swiftshader_icd.json');
  // The Vulkan loader comes from the system where it has one, else from beside the driver.
  const libraries = [process.env.LD_LIBRARY_PATH, folder].filter(Boolean).join(delimiter);
  return { ...process.env, VK_ICD_FILENAMES: driver, VK_DRIVER_FILES: driver, LD_LIBRARY_PATH: libraries };
}
