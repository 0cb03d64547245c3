// One sandbox and one browser for a file of tests; each test has a gemkeeper and pages of its own.
import { after, before } from 'node:test';
import { openPage, startBrowser } from './browser.mjs';
import { startGemkeeper, startSandbox } from './gemkeeper.mjs';

export function fixture() {
  let sandbox;
  let chromium;
  before(async () => {
    [sandbox, chromium] = await Promise.all([startSandbox(), startBrowser()]);
  });
  after(async () => {
    await chromium?.stop();
    await sandbox?.stop();
  });
  return {
    // `body(gemkeeper, open)`; `open(place, options)` gives a page, whose errors fail the test.
    with: (options, body) => async () => {
      const gemkeeper = await startGemkeeper(sandbox, options);
      const pages = [];
      const open = async (place = '', how = {}) => {
        const opened = await openPage(chromium.browser, `${gemkeeper.url}${place}`, how);
        pages.push(opened);
        return opened.page;
      };
      try {
        await body(gemkeeper, open);
        for (const opened of pages.splice(0)) await opened.close();
      } finally {
        for (const opened of pages) await opened.context.close();
        await gemkeeper.stop();
      }
    },
  };
}
